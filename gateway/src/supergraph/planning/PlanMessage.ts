/** What a planning thread is started with. */
export type PlanThreadData = { supergraphSdl: string }

/** An operation to plan: it is valid, and has no `@defer`. */
export type PlanRequest = { id: number; text: string; operationName: string | undefined }

/** Its query plan as JSON; undefined where there is none, for whatever reason. The first message, which answers nobody, says that the thread can plan. */
export type PlanAnswer = { id: number; planJson: string | undefined } | 'ready'
