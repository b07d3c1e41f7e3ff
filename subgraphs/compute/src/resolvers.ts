import {
  inputJsonSchema,
  isFinal,
  type Job,
  type JobUpdate,
  mediaTypeOf,
  type SubmitRequest,
} from '@tributary/compute-service'
import { readPageArguments, toConnection } from '@tributary/runtime/subgraph'
import { codedError } from '@tributary/schema'
import { noJob, readVisibleJob, requireIdentity } from './access.ts'
import type { Context } from './context.ts'
import type { Resolvers } from './generated/resolverTypes.ts'
import { toJobFiles } from './jobFiles.ts'
import { toJobResult } from './jobResult.ts'

/** The longest that `job(waitMs)` may wait: less than a gateway's 30 s for an operation. */
const maxWaitMs = 25_000

/** How long the URL of a result is good, in milliseconds. */
const downloadForMs = 15 * 60_000

/** The resolvers of schema/compute.graphql. */
export const resolvers: Resolvers = {
  Query: {
    async job(_parent, { id, waitMs }, context) {
      requireIdentity(context)
      if (waitMs < 0 || waitMs > maxWaitMs) {
        throw codedError('BAD_USER_INPUT', `Expected \`waitMs\` to be from 0 to ${maxWaitMs}, got ${waitMs}`)
      }
      const job = await readVisibleJob(id, context)
      if (waitMs === 0 || isFinal(job.status)) return job
      return context.compute.waitForEnd(id, waitMs)
    },
    async jobs(_parent, args, context) {
      const { userId } = requireIdentity(context)
      const page = readPageArguments(args, { keyTypes: ['number'] })
      const filter = {
        owner: userId,
        status: args.filter?.status ?? undefined,
        kind: args.filter?.kind ?? undefined,
      }
      const after = page.after?.[0]
      const [rows, totalCount] = await Promise.all([
        context.compute.listJobs({
          filter,
          limit: page.first + 1,
          beforeNumber: after === undefined ? undefined : Number(after),
        }),
        context.compute.countJobs(filter),
      ])
      return toConnection({ rows, page, totalCount, sortKey: ({ number }) => [number] })
    },
    webhookSecret(_parent, _args, context) {
      const { userId } = requireIdentity(context)
      return context.compute.webhookSecretOf(userId) ?? null
    },
    jobKinds: (_parent, _args, { compute }) => [...compute.kinds.values()],
  },
  Mutation: {
    submitJob: (_parent, args, context) => submit(args, context),
    trainRecommendations: (_parent, args, context) => submit({ kind: 'trainRecommendations', ...args }, context),
    forecastDemand: (_parent, args, context) => submit({ kind: 'forecastDemand', ...args }, context),
    segmentCustomers: (_parent, args, context) => submit({ kind: 'segmentCustomers', ...args }, context),
    async cancelJob(_parent, { id }, context) {
      const { userId } = requireIdentity(context)
      const job = await context.compute.readJob(id)
      // Who may read everything may not end everything.
      if (job?.owner !== userId) return noJob(id)
      return (await context.compute.cancel(id)) ?? noJob(id)
    },
    async retryJob(_parent, { id }, context) {
      const { userId } = requireIdentity(context)
      const job = await context.compute.readJob(id)
      if (job?.owner !== userId) return noJob(id)
      return (await context.compute.retry(id)) ?? noJob(id)
    },
  },
  Subscription: {
    jobUpdates: {
      async subscribe(_parent, { id, after }, context) {
        requireIdentity(context)
        if (typeof after === 'number' && after < 0) {
          throw codedError('BAD_USER_INPUT', `Expected \`after\` to be at least 0, got ${after}`)
        }
        await readVisibleJob(id, context)
        return context.compute.followJob(id, { after: after ?? undefined })
      },
      resolve: (update: JobUpdate) => update,
    },
  },
  // Whoever leaves updates out between here and the client counts them.
  JobUpdate: { skipped: () => 0 },
  Job: {
    __resolveReference: ({ id }, context) => readVisibleJob(id, context),
    runAt: ({ status, runAt }) => (status === 'QUEUED' ? runAt : null),
    // Its URL may hold a secret: who may read everything need not know it.
    async webhook({ id, owner }, _args, { identity, loaders }) {
      return identity?.userId === owner ? ((await loaders.webhook.load(id)) ?? null) : null
    },
    submittedBy: ({ owner }) => ({ __typename: 'User', id: owner }),
    input: ({ id }, _args, { loaders }) => loaders.input.load(id),
    async result(job, _args, { loaders }) {
      if (job.status !== 'SUCCEEDED') return null
      const result = await loaders.result.load(job)
      return result === undefined ? null : toJobResult(job, result)
    },
    async resultFile(job, _args, { compute }) {
      if (job.status !== 'SUCCEEDED' || job.storedResult === null) return null
      return { ...job.storedResult, url: (await compute.downloadUrl(job, { forMs: downloadForMs })) ?? null }
    },
    files: (job) => toJobFiles(job),
    // While another attempt is to come, the last one's error is not the job's.
    error: ({ status, error }) => (status === 'FAILED' ? error : null),
  },
  JobResult: { __resolveType: ({ __typename }) => __typename },
  JobFile: {
    mediaType: ({ name }) => mediaTypeOf(name),
    url: async ({ job, name }, _args, { compute }) =>
      (await compute.downloadUrl(job, { file: name, forMs: downloadForMs })) ?? null,
  },
  JobKind: { inputSchema: (kind) => inputJsonSchema(kind) },
  SimilarProductsExample: { product: ({ productId }) => ({ __typename: 'Product', id: productId }) },
  SimilarProduct: { product: ({ productId }) => ({ __typename: 'Product', id: productId }) },
  SkippedSeries: { product: ({ productId }) => (productId === null ? null : { __typename: 'Product', id: productId }) },
  DemandSeries: {
    product: ({ productId }) => (productId === null ? null : { __typename: 'Product', id: productId }),
    topProducts: ({ topProductIds }) => topProductIds.map((id) => ({ __typename: 'Product' as const, id })),
  },
}

function submit(request: Omit<SubmitRequest, 'owner'>, context: Context): Promise<Job> {
  const { userId } = requireIdentity(context)
  return context.compute.submit({ ...request, owner: userId })
}
