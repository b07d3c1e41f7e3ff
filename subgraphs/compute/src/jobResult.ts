import type {
  ForecastDemandOutput,
  Job,
  SegmentCustomersOutput,
  TrainRecommendationsOutput,
} from '@tributary/compute-service'
import { type JobFile, toJobFiles } from './jobFiles.ts'

/** What a job gave, as a member of the union `JobResult`. Products are ids here, which the resolvers make entities of. */
export type JobResult = RecommendationModel | DemandForecast | CustomerSegments | JsonResult

export type RecommendationModel = {
  __typename: 'RecommendationModel'
  chart: JobFile | null
} & TrainRecommendationsOutput
export type SimilarProductsExample = TrainRecommendationsOutput['examples'][number]
export type SimilarProduct = SimilarProductsExample['similar'][number]
export type DemandForecast = { __typename: 'DemandForecast'; chart: JobFile | null } & ForecastDemandOutput
export type DemandSeries = ForecastDemandOutput['series'][number]
export type SkippedSeries = ForecastDemandOutput['skipped'][number]
export type CustomerSegments = { __typename: 'CustomerSegments'; chart: JobFile | null } & Omit<
  SegmentCustomersOutput,
  'segments'
> & { segments: (SegmentCustomersOutput['segments'][number] & { version: string })[] }
export type JsonResult = { __typename: 'JsonResult'; value: unknown }

/** The result's type by the job's kind. The ledger takes only results that fit the kind's output schema, so they have its type. */
export function toJobResult(job: Job, result: unknown): JobResult {
  const chart = toJobFiles(job).find(({ name }) => name === 'chart.svg') ?? null
  switch (job.kind) {
    case 'trainRecommendations':
      return { __typename: 'RecommendationModel', chart, ...(result as TrainRecommendationsOutput) }
    case 'forecastDemand':
      return { __typename: 'DemandForecast', chart, ...(result as ForecastDemandOutput) }
    case 'segmentCustomers':
      return toCustomerSegments(result as SegmentCustomersOutput, chart)
    default:
      return { __typename: 'JsonResult', value: result }
  }
}

function toCustomerSegments(output: SegmentCustomersOutput, chart: JobFile | null): CustomerSegments {
  const version = String(output.version)
  const segments = output.segments.map((segment) => ({ ...segment, version }))
  return { __typename: 'CustomerSegments', chart, ...output, segments }
}
