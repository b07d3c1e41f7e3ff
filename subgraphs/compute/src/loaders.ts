import type { Compute, Job, Webhook } from '@tributary/compute-service'
import DataLoader from 'dataloader'

/** The lookups of one operation, each batched into one statement. */
export type Loaders = {
  /** A job by id as it is now; undefined when there is none. */
  job: DataLoader<string, Job | undefined>
  /** A job's input, which never changes. */
  input: DataLoader<string, unknown>
  /** The result of a job that has succeeded: asked for before, it would be remembered as missing. Undefined where it is too large. */
  result: DataLoader<Job, unknown, string>
  /** How a job's webhook stands; undefined when it has none. */
  webhook: DataLoader<string, Webhook | undefined>
}

export function createLoaders(compute: Compute): Loaders {
  return {
    job: new DataLoader(async (ids) => {
      const jobs = new Map((await compute.readJobs(ids)).map((job) => [job.id, job]))
      return ids.map((id) => jobs.get(id))
    }),
    input: new DataLoader(async (ids) => {
      const inputs = new Map((await compute.readInputs(ids)).map(({ id, input }) => [id, input]))
      return ids.map((id) => inputs.get(id))
    }),
    result: new DataLoader(
      async (jobs) => {
        const results = new Map((await compute.readResults(jobs)).map(({ id, value }) => [id, value]))
        return jobs.map(({ id }) => results.get(id))
      },
      { cacheKeyFn: ({ id }) => id },
    ),
    webhook: new DataLoader(async (ids) => {
      const webhooks = new Map((await compute.readWebhooks(ids)).map(({ id, ...webhook }) => [id, webhook]))
      return ids.map((id) => webhooks.get(id))
    }),
  }
}
