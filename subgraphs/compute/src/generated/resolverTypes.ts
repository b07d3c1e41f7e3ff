// Made by `npm run schema` from schema/compute.graphql. Do not edit.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Job as GivenJob, JobUpdate as GivenJobUpdate, JobKind as GivenJobKind } from '@tributary/compute-service';
import type { JobFile as GivenJobFile } from '../jobFiles.ts';
import type { JsonResult as GivenJsonResult, RecommendationModel as GivenRecommendationModel, SimilarProductsExample as GivenSimilarProductsExample, SimilarProduct as GivenSimilarProduct, DemandForecast as GivenDemandForecast, CustomerSegments as GivenCustomerSegments, SkippedSeries as GivenSkippedSeries, DemandSeries as GivenDemandSeries } from '../jobResult.ts';
import type { Context } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
  /** An instant, as an ISO 8601 string in UTC with milliseconds: `2016-11-08T00:00:00.000Z`. */
  DateTime: { input: string; output: string; }
  /** A day, as an ISO 8601 string: `2016-11-08`. */
  Date: { input: string; output: string; }
  _FieldSet: { input: unknown; output: unknown; }
};

export type Query = {
  __typename?: 'Query';
  /** One job of whoever the token names; another's is `NOT_FOUND`. With `waitMs` the answer waits until the job ends, at most that long. */
  job: Maybe<Job>;
  /** The jobs of whoever the token names, newest first. */
  jobs: Maybe<JobConnection>;
  /** What `submitJob` takes. Needs no token. */
  jobKinds: Maybe<Array<JobKind>>;
  /**
   * What the webhooks of whoever the token names are signed with, as Standard Webhooks has it: `whsec_` and the key in base64. Null where no
   * webhooks are sent.
   */
  webhookSecret: Maybe<Scalars['String']['output']>;
};


export type QueryJobArgs = {
  id: Scalars['ID']['input'];
  waitMs?: Scalars['Int']['input'];
};


export type QueryJobsArgs = {
  filter: InputMaybe<JobFilter>;
  first?: Scalars['Int']['input'];
  after: InputMaybe<Scalars['String']['input']>;
};

export type Mutation = {
  __typename?: 'Mutation';
  /**
   * Submits a job of any kind. The input is checked against the kind's schema first (`BAD_USER_INPUT` names the field). The same
   * `idempotencyKey` with the same kind and input gives the job that the first call made; with others it is `IDEMPOTENCY_KEY_CONFLICT`.
   */
  submitJob: Maybe<Job>;
  /** Cancels a job: a queued one ends at once, a running one is stopped. Cancelling a finished job changes nothing. */
  cancelJob: Maybe<Job>;
  /** Queues a dead-lettered job again, with as many attempts as its kind has. Any other job stays as it is. */
  retryJob: Maybe<Job>;
  /** Trains the model that `User.recommendations` and `Product.similar` come from (EASE, Steck 2019). */
  trainRecommendations: Maybe<Job>;
  /**
   * Forecasts monthly demand for each category or for products (additive Holt-Winters; Croston's method where sales are rare), tested against the
   * newest months. Fails with `HISTORY_TOO_SHORT` where there is too little to learn from.
   */
  forecastDemand: Maybe<Job>;
  /** Divides customers into segments, which `User.segment` comes from, by how recently, often and much they bought (RFM, k-means). */
  segmentCustomers: Maybe<Job>;
};


export type MutationSubmitJobArgs = {
  kind: Scalars['String']['input'];
  input: Scalars['JSON']['input'];
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  runAt: InputMaybe<Scalars['DateTime']['input']>;
  priority?: Scalars['Int']['input'];
  webhookUrl: InputMaybe<Scalars['String']['input']>;
};


export type MutationCancelJobArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRetryJobArgs = {
  id: Scalars['ID']['input'];
};


export type MutationTrainRecommendationsArgs = {
  input: TrainRecommendationsInput;
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  webhookUrl: InputMaybe<Scalars['String']['input']>;
};


export type MutationForecastDemandArgs = {
  input: ForecastDemandInput;
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  webhookUrl: InputMaybe<Scalars['String']['input']>;
};


export type MutationSegmentCustomersArgs = {
  input: SegmentCustomersInput;
  idempotencyKey: InputMaybe<Scalars['String']['input']>;
  webhookUrl: InputMaybe<Scalars['String']['input']>;
};

export type Subscription = {
  __typename?: 'Subscription';
  /**
   * The job as it is now, then every change in order, until it ends. After a lost connection, `after` takes the last `seq`
   * seen and continues behind it. A finished job gives its end at once.
   */
  jobUpdates: Maybe<JobUpdate>;
};


export type SubscriptionJobUpdatesArgs = {
  id: Scalars['ID']['input'];
  after: InputMaybe<Scalars['Int']['input']>;
};

/** One change of a job. */
export type JobUpdate = {
  __typename?: 'JobUpdate';
  /** The change's number within its job, from 1, without gaps in the ledger. */
  seq: Scalars['Int']['output'];
  /** When it was written to the ledger. */
  at: Scalars['DateTime']['output'];
  /** The job as it was after this change. */
  job: Job;
  /**
   * How many updates were left out before this one because they were not read in time: progress only. A change of `status` is
   * never left out.
   */
  skipped: Scalars['Int']['output'];
};

export type Job = {
  __typename?: 'Job';
  id: Scalars['ID']['output'];
  kind: Scalars['String']['output'];
  status: JobStatus;
  /** How often a worker has started it. */
  attempt: Scalars['Int']['output'];
  maxAttempts: Scalars['Int']['output'];
  priority: Scalars['Int']['output'];
  /** While it is queued: when it may start. */
  runAt: Maybe<Scalars['DateTime']['output']>;
  progress: Maybe<JobProgress>;
  input: Scalars['JSON']['output'];
  /** What it gave, once `status` is `SUCCEEDED`; null where that is more than 1 MiB, see `resultFile`. */
  result: Maybe<JobResult>;
  /** Where to download the result, when it is more than 64 KiB of JSON. */
  resultFile: Maybe<ResultFile>;
  /** What its task handed over besides the result, as a chart, once `status` is `SUCCEEDED`; empty where there is no result store. */
  files: Array<JobFile>;
  /** Why it failed, once `status` is `FAILED`. */
  error: Maybe<JobError>;
  /** True when it failed for good after its last attempt. */
  deadLettered: Scalars['Boolean']['output'];
  /** Who is told of its end, where `webhookUrl` said so. For its owner only. */
  webhook: Maybe<Webhook>;
  submittedBy: Maybe<User>;
  submittedAt: Scalars['DateTime']['output'];
  /** When the newest attempt started. */
  startedAt: Maybe<Scalars['DateTime']['output']>;
  finishedAt: Maybe<Scalars['DateTime']['output']>;
  /** The number of its newest change. */
  seq: Scalars['Int']['output'];
};

export type JobStatus =
  | 'QUEUED'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELLED';

export type JobProgress = {
  __typename?: 'JobProgress';
  /** 0 to 1. */
  fraction: Scalars['Float']['output'];
  message: Maybe<Scalars['String']['output']>;
};

/** A result that lies in the result store, as a JSON file. */
export type ResultFile = {
  __typename?: 'ResultFile';
  bytes: Scalars['Int']['output'];
  /** Of the file, in hexadecimal. */
  sha256: Scalars['String']['output'];
  /** Good for 15 minutes, without a token. Null where results are not served. */
  url: Maybe<Scalars['String']['output']>;
};

/** A file that a task handed over besides its result. */
export type JobFile = {
  __typename?: 'JobFile';
  /** As `chart.svg`. */
  name: Scalars['String']['output'];
  /** As `image/svg+xml`. */
  mediaType: Scalars['String']['output'];
  bytes: Scalars['Int']['output'];
  /** Of the file, in hexadecimal. */
  sha256: Scalars['String']['output'];
  /** Good for 15 minutes, without a token. Null where results are not served. */
  url: Maybe<Scalars['String']['output']>;
};

export type JobError = {
  __typename?: 'JobError';
  /** A code from the error table, in capitals. */
  code: Scalars['String']['output'];
  message: Scalars['String']['output'];
};

export type Webhook = {
  __typename?: 'Webhook';
  url: Scalars['String']['output'];
  status: WebhookStatus;
  /** Each try so far, the newest last, at most 100. */
  attempts: Array<WebhookAttempt>;
};

export type WebhookStatus =
  /** The job has not ended, or the next try is to come. */
  | 'PENDING'
  /** It answered 2xx. */
  | 'DELIVERED'
  /** Given up, 24 hours after the job's end. */
  | 'FAILED';

/** One try to send a webhook. Without `status` and `error` it is under way, or nobody knows how it ended. */
export type WebhookAttempt = {
  __typename?: 'WebhookAttempt';
  at: Scalars['DateTime']['output'];
  /** Of the answer. */
  status: Maybe<Scalars['Int']['output']>;
  /** Why it counts as not delivered. */
  error: Maybe<Scalars['String']['output']>;
};

export type JobResult = RecommendationModel | DemandForecast | CustomerSegments | JsonResult;

/** The result of a kind that has no type of its own. */
export type JsonResult = {
  __typename?: 'JsonResult';
  value: Scalars['JSON']['output'];
};

export type RecommendationModel = {
  __typename?: 'RecommendationModel';
  version: Scalars['ID']['output'];
  /** Whether recommendations came from it when the job ended; false when the model of a job submitted later was there already. */
  served: Scalars['Boolean']['output'];
  users: Scalars['Int']['output'];
  products: Scalars['Int']['output'];
  /** How many different (user, product) pairs it learnt from. */
  interactions: Scalars['Int']['output'];
  /** The L2 regularisation it was trained with. */
  regularisation: Scalars['Float']['output'];
  /** On purchases held out from training. */
  metrics: RankingMetrics;
  /** The same, for recommending what sells best. */
  popularityMetrics: RankingMetrics;
  /** The same, for the products most alike to the user's by who buys them (item-kNN). */
  itemKnnMetrics: RankingMetrics;
  /** What it says of the products that sell best. */
  examples: Array<SimilarProductsExample>;
  /** The three metrics as bars (SVG); null where there is no result store. */
  chart: Maybe<JobFile>;
};

export type RankingMetrics = {
  __typename?: 'RankingMetrics';
  /** The share of held-out purchases among the first 20, 0 to 1. */
  recallAt20: Scalars['Float']['output'];
  /** Normalised discounted cumulative gain of the first 20, 0 to 1. */
  ndcgAt20: Scalars['Float']['output'];
};

export type SimilarProductsExample = {
  __typename?: 'SimilarProductsExample';
  product: Product;
  similar: Array<SimilarProduct>;
};

export type SimilarProduct = {
  __typename?: 'SimilarProduct';
  product: Product;
  score: Scalars['Float']['output'];
};

export type DemandForecast = {
  __typename?: 'DemandForecast';
  /** One series a category or product. */
  series: Array<DemandSeries>;
  /** What has too short a history to be forecast. */
  skipped: Array<SkippedSeries>;
  /** History, forecast and test of each series as lines (SVG); null where there is no result store. */
  chart: Maybe<JobFile>;
};

export type SkippedSeries = {
  __typename?: 'SkippedSeries';
  category: Scalars['String']['output'];
  /** Null where it is a whole category. */
  product: Maybe<Product>;
  reason: Scalars['String']['output'];
};

export type DemandSeries = {
  __typename?: 'DemandSeries';
  category: Scalars['String']['output'];
  /** Null where the series is of a whole category. */
  product: Maybe<Product>;
  /** How it was forecast. */
  model: DemandModel;
  /** The months it learnt from, oldest first, from the first with a sale. */
  history: Array<DemandMonth>;
  forecast: Array<ForecastMonth>;
  /** How it would have done in the newest months. */
  backtest: DemandBacktest;
  /** The products that sold most in the category, best first; none where the series is of a product. */
  topProducts: Array<Product>;
};

export type DemandModel =
  /** Level, trend and season, exponentially smoothed. */
  | 'HOLT_WINTERS'
  /** Size of sales and time between them, for what is sold in less than three of four months or for less than 30; without season or trend. */
  | 'CROSTON';

/** The newest months, forecast from the end of each month before them out of what was known then. */
export type DemandBacktest = {
  __typename?: 'DemandBacktest';
  /** What was expected of them from before the first, and what came. */
  months: Array<BacktestMonth>;
  /** Mean absolute scaled error of all these forecasts; the scale is the error of repeating last year in the months before them. */
  mase: Scalars['Float']['output'];
  /** The same, had last year's month been repeated: below it is better. */
  seasonalNaiveMase: Scalars['Float']['output'];
  /** The share of outcomes within the model's own intervals, 0 to 1; `confidence` would be ideal. */
  coverage: Scalars['Float']['output'];
  /** How much wider they had to be to hold that share, 1 to 10: the intervals of `forecast` are, those of `months` are not. */
  widening: Scalars['Float']['output'];
};

export type BacktestMonth = {
  __typename?: 'BacktestMonth';
  /** The month's first day. */
  month: Scalars['Date']['output'];
  /** Pieces sold. */
  actual: Scalars['Float']['output'];
  /** Pieces expected. */
  quantity: Scalars['Float']['output'];
  /** The ends of the prediction interval. */
  low: Scalars['Float']['output'];
  high: Scalars['Float']['output'];
};

export type DemandMonth = {
  __typename?: 'DemandMonth';
  /** The month's first day. */
  month: Scalars['Date']['output'];
  /** Pieces sold. */
  quantity: Scalars['Float']['output'];
};

export type ForecastMonth = {
  __typename?: 'ForecastMonth';
  /** The month's first day. */
  month: Scalars['Date']['output'];
  /** Pieces expected. */
  quantity: Scalars['Float']['output'];
  /** The ends of the prediction interval. */
  low: Scalars['Float']['output'];
  high: Scalars['Float']['output'];
};

export type CustomerSegments = {
  __typename?: 'CustomerSegments';
  version: Scalars['ID']['output'];
  /** Whether `User.segment` came from it when the job ended; false when the segments of a job submitted later were there already. */
  served: Scalars['Boolean']['output'];
  customers: Scalars['Int']['output'];
  /** The day that recency is counted from: the newest with a sale. */
  until: Scalars['Date']['output'];
  /** How well customers fit their segments rather than the next ones, -1 to 1 (the mean silhouette). Below 0.25 there are hardly any groups. */
  silhouette: Scalars['Float']['output'];
  /** What other numbers of segments would have given; only the one that was asked for where there was one. */
  candidates: Array<SegmentCountCandidate>;
  /** Best first: by how recently, often and much its customers bought. */
  segments: Array<CustomerSegment>;
  /** Customers as dots, and the sizes of segments (SVG); null where there is no result store. */
  chart: Maybe<JobFile>;
};

export type SegmentCountCandidate = {
  __typename?: 'SegmentCountCandidate';
  segments: Scalars['Int']['output'];
  silhouette: Scalars['Float']['output'];
};

/** A group of customers who buy alike: as recently, as often and for as much. */
export type CustomerSegment = {
  __typename?: 'CustomerSegment';
  /** As `Champions` or `At risk`; no two segments of one segmentation have the same. */
  name: Scalars['String']['output'];
  /** What its customers are like, in a sentence. */
  description: Scalars['String']['output'];
  /** How many customers are in it. */
  size: Scalars['Int']['output'];
  /** The middle of its customers. */
  centroid: SegmentCentroid;
  /** The version of the segmentation; a higher one is newer. */
  version: Scalars['ID']['output'];
};

/** Recency, frequency and monetary value of customers; geometric means, as customers differ by factors. */
export type SegmentCentroid = {
  __typename?: 'SegmentCentroid';
  /** Days since the newest purchase. */
  recencyDays: Scalars['Float']['output'];
  /** On how many days something was bought. */
  frequency: Scalars['Float']['output'];
  /** US dollars spent in all. */
  monetary: Scalars['Float']['output'];
};

/** Something `submitJob` can run. */
export type JobKind = {
  __typename?: 'JobKind';
  name: Scalars['String']['output'];
  description: Scalars['String']['output'];
  /** JSON Schema of the input. */
  inputSchema: Scalars['JSON']['output'];
  maxAttempts: Scalars['Int']['output'];
  /** Milliseconds that one attempt may take. */
  timeoutMs: Scalars['Int']['output'];
};

export type JobFilter = {
  status?: InputMaybe<JobStatus>;
  kind?: InputMaybe<Scalars['String']['input']>;
};

export type TrainRecommendationsInput = {
  /** L2 regularisation, 0.1 to 100,000; chosen on held-out purchases when left out. */
  regularisation?: InputMaybe<Scalars['Float']['input']>;
  /** How many similar products to keep for each, 1 to 50. */
  neighbours?: Scalars['Int']['input'];
};

export type ForecastDemandInput = {
  /** Months to look ahead, 1 to 24. */
  months?: Scalars['Int']['input'];
  /** How sure the interval is, 0.5 to 0.99. */
  confidence?: Scalars['Float']['input'];
  /** Only this category. */
  category?: InputMaybe<Scalars['String']['input']>;
  /** These products instead of categories, each by itself; 1 to 20. */
  productIds?: InputMaybe<Array<Scalars['ID']['input']>>;
};

export type SegmentCustomersInput = {
  /** How many segments, 2 to 8; of 3 to 8 those with the highest silhouette when left out. */
  segments?: InputMaybe<Scalars['Int']['input']>;
  /** Where the search begins: the same purchases and seed give the same segments. */
  seed?: Scalars['Int']['input'];
};

export type User = {
  __typename?: 'User';
  id: Scalars['ID']['output'];
};

export type Product = {
  __typename?: 'Product';
  id: Scalars['ID']['output'];
};

/** One page of jobs (Relay connection). */
export type JobConnection = {
  __typename?: 'JobConnection';
  edges: Array<JobEdge>;
  pageInfo: PageInfo;
  /** How many jobs there are in all. */
  totalCount: Scalars['Int']['output'];
};

export type JobEdge = {
  __typename?: 'JobEdge';
  cursor: Scalars['String']['output'];
  node: Job;
};

/** Where a page stands in its list (Relay connection). */
export type PageInfo = {
  __typename?: 'PageInfo';
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor: Maybe<Scalars['String']['output']>;
  endCursor: Maybe<Scalars['String']['output']>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Job: Job;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Job:
    ( { __typename: 'Job' }
    & GraphQLRecursivePick<FederationTypes['Job'], {"id":true}> );
};

/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  JobResult:
    | ( GivenRecommendationModel )
    | ( GivenDemandForecast )
    | ( GivenCustomerSegments )
    | ( GivenJsonResult )
  ;
};


/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  JSON: ResolverTypeWrapper<Scalars['JSON']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  JobUpdate: ResolverTypeWrapper<GivenJobUpdate>;
  Job: ResolverTypeWrapper<GivenJob>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  JobStatus: JobStatus;
  JobProgress: ResolverTypeWrapper<JobProgress>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  ResultFile: ResolverTypeWrapper<ResultFile>;
  JobFile: ResolverTypeWrapper<GivenJobFile>;
  JobError: ResolverTypeWrapper<JobError>;
  Webhook: ResolverTypeWrapper<Webhook>;
  WebhookStatus: WebhookStatus;
  WebhookAttempt: ResolverTypeWrapper<WebhookAttempt>;
  JobResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['JobResult']>;
  JsonResult: ResolverTypeWrapper<GivenJsonResult>;
  RecommendationModel: ResolverTypeWrapper<GivenRecommendationModel>;
  RankingMetrics: ResolverTypeWrapper<RankingMetrics>;
  SimilarProductsExample: ResolverTypeWrapper<GivenSimilarProductsExample>;
  SimilarProduct: ResolverTypeWrapper<GivenSimilarProduct>;
  DemandForecast: ResolverTypeWrapper<GivenDemandForecast>;
  SkippedSeries: ResolverTypeWrapper<GivenSkippedSeries>;
  DemandSeries: ResolverTypeWrapper<GivenDemandSeries>;
  DemandModel: DemandModel;
  DemandBacktest: ResolverTypeWrapper<DemandBacktest>;
  BacktestMonth: ResolverTypeWrapper<BacktestMonth>;
  DemandMonth: ResolverTypeWrapper<DemandMonth>;
  ForecastMonth: ResolverTypeWrapper<ForecastMonth>;
  CustomerSegments: ResolverTypeWrapper<GivenCustomerSegments>;
  SegmentCountCandidate: ResolverTypeWrapper<SegmentCountCandidate>;
  CustomerSegment: ResolverTypeWrapper<CustomerSegment>;
  SegmentCentroid: ResolverTypeWrapper<SegmentCentroid>;
  JobKind: ResolverTypeWrapper<GivenJobKind>;
  JobFilter: JobFilter;
  TrainRecommendationsInput: TrainRecommendationsInput;
  ForecastDemandInput: ForecastDemandInput;
  SegmentCustomersInput: SegmentCustomersInput;
  User: ResolverTypeWrapper<User>;
  Product: ResolverTypeWrapper<Product>;
  JobConnection: ResolverTypeWrapper<Omit<JobConnection, 'edges'> & { edges: Array<ResolversTypes['JobEdge']> }>;
  JobEdge: ResolverTypeWrapper<Omit<JobEdge, 'node'> & { node: ResolversTypes['Job'] }>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  JSON: Scalars['JSON']['output'];
  DateTime: Scalars['DateTime']['output'];
  Date: Scalars['Date']['output'];
  Query: Record<PropertyKey, never>;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  String: Scalars['String']['output'];
  Mutation: Record<PropertyKey, never>;
  Subscription: Record<PropertyKey, never>;
  JobUpdate: GivenJobUpdate;
  Job: GivenJob;
  Boolean: Scalars['Boolean']['output'];
  JobProgress: JobProgress;
  Float: Scalars['Float']['output'];
  ResultFile: ResultFile;
  JobFile: GivenJobFile;
  JobError: JobError;
  Webhook: Webhook;
  WebhookAttempt: WebhookAttempt;
  JobResult: ResolversUnionTypes<ResolversParentTypes>['JobResult'];
  JsonResult: GivenJsonResult;
  RecommendationModel: GivenRecommendationModel;
  RankingMetrics: RankingMetrics;
  SimilarProductsExample: GivenSimilarProductsExample;
  SimilarProduct: GivenSimilarProduct;
  DemandForecast: GivenDemandForecast;
  SkippedSeries: GivenSkippedSeries;
  DemandSeries: GivenDemandSeries;
  DemandBacktest: DemandBacktest;
  BacktestMonth: BacktestMonth;
  DemandMonth: DemandMonth;
  ForecastMonth: ForecastMonth;
  CustomerSegments: GivenCustomerSegments;
  SegmentCountCandidate: SegmentCountCandidate;
  CustomerSegment: CustomerSegment;
  SegmentCentroid: SegmentCentroid;
  JobKind: GivenJobKind;
  JobFilter: JobFilter;
  TrainRecommendationsInput: TrainRecommendationsInput;
  ForecastDemandInput: ForecastDemandInput;
  SegmentCustomersInput: SegmentCustomersInput;
  User: User;
  Product: Product;
  JobConnection: Omit<JobConnection, 'edges'> & { edges: Array<ResolversParentTypes['JobEdge']> };
  JobEdge: Omit<JobEdge, 'node'> & { node: ResolversParentTypes['Job'] };
  PageInfo: PageInfo;
};

export interface JsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSON'], any> {
  name: 'JSON';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  job?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<QueryJobArgs, 'id' | 'waitMs'>>;
  jobs?: Resolver<Maybe<ResolversTypes['JobConnection']>, ParentType, ContextType, RequireFields<QueryJobsArgs, 'first'>>;
  jobKinds?: Resolver<Maybe<Array<ResolversTypes['JobKind']>>, ParentType, ContextType>;
  webhookSecret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  submitJob?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationSubmitJobArgs, 'kind' | 'input' | 'priority'>>;
  cancelJob?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationCancelJobArgs, 'id'>>;
  retryJob?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationRetryJobArgs, 'id'>>;
  trainRecommendations?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationTrainRecommendationsArgs, 'input'>>;
  forecastDemand?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationForecastDemandArgs, 'input'>>;
  segmentCustomers?: Resolver<Maybe<ResolversTypes['Job']>, ParentType, ContextType, RequireFields<MutationSegmentCustomersArgs, 'input'>>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  jobUpdates?: SubscriptionResolver<Maybe<ResolversTypes['JobUpdate']>, "jobUpdates", ParentType, ContextType, RequireFields<SubscriptionJobUpdatesArgs, 'id'>>;
};

export type JobUpdateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobUpdate'] = ResolversParentTypes['JobUpdate']> = {
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  job?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
  skipped?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type JobResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Job'] = ResolversParentTypes['Job'], FederationReferenceType extends FederationReferenceTypes['Job'] = FederationReferenceTypes['Job']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Job']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['JobStatus'], ParentType, ContextType>;
  attempt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxAttempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  priority?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  runAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  progress?: Resolver<Maybe<ResolversTypes['JobProgress']>, ParentType, ContextType>;
  input?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  result?: Resolver<Maybe<ResolversTypes['JobResult']>, ParentType, ContextType>;
  resultFile?: Resolver<Maybe<ResolversTypes['ResultFile']>, ParentType, ContextType>;
  files?: Resolver<Array<ResolversTypes['JobFile']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['JobError']>, ParentType, ContextType>;
  deadLettered?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  webhook?: Resolver<Maybe<ResolversTypes['Webhook']>, ParentType, ContextType>;
  submittedBy?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  submittedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  startedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  finishedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  seq?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type JobProgressResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobProgress'] = ResolversParentTypes['JobProgress']> = {
  fraction?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  message?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ResultFileResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResultFile'] = ResolversParentTypes['ResultFile']> = {
  bytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type JobFileResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobFile'] = ResolversParentTypes['JobFile']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  mediaType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  bytes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  sha256?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type JobErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobError'] = ResolversParentTypes['JobError']> = {
  code?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type WebhookResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Webhook'] = ResolversParentTypes['Webhook']> = {
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['WebhookStatus'], ParentType, ContextType>;
  attempts?: Resolver<Array<ResolversTypes['WebhookAttempt']>, ParentType, ContextType>;
};

export type WebhookAttemptResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookAttempt'] = ResolversParentTypes['WebhookAttempt']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type JobResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobResult'] = ResolversParentTypes['JobResult']> = {
  __resolveType: TypeResolveFn<'RecommendationModel' | 'DemandForecast' | 'CustomerSegments' | 'JsonResult', ParentType, ContextType>;
};

export type JsonResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JsonResult'] = ResolversParentTypes['JsonResult']> = {
  value?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RecommendationModelResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RecommendationModel'] = ResolversParentTypes['RecommendationModel']> = {
  version?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  served?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  users?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  products?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  interactions?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  regularisation?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  metrics?: Resolver<ResolversTypes['RankingMetrics'], ParentType, ContextType>;
  popularityMetrics?: Resolver<ResolversTypes['RankingMetrics'], ParentType, ContextType>;
  itemKnnMetrics?: Resolver<ResolversTypes['RankingMetrics'], ParentType, ContextType>;
  examples?: Resolver<Array<ResolversTypes['SimilarProductsExample']>, ParentType, ContextType>;
  chart?: Resolver<Maybe<ResolversTypes['JobFile']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RankingMetricsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RankingMetrics'] = ResolversParentTypes['RankingMetrics']> = {
  recallAt20?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  ndcgAt20?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type SimilarProductsExampleResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SimilarProductsExample'] = ResolversParentTypes['SimilarProductsExample']> = {
  product?: Resolver<ResolversTypes['Product'], ParentType, ContextType>;
  similar?: Resolver<Array<ResolversTypes['SimilarProduct']>, ParentType, ContextType>;
};

export type SimilarProductResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SimilarProduct'] = ResolversParentTypes['SimilarProduct']> = {
  product?: Resolver<ResolversTypes['Product'], ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type DemandForecastResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DemandForecast'] = ResolversParentTypes['DemandForecast']> = {
  series?: Resolver<Array<ResolversTypes['DemandSeries']>, ParentType, ContextType>;
  skipped?: Resolver<Array<ResolversTypes['SkippedSeries']>, ParentType, ContextType>;
  chart?: Resolver<Maybe<ResolversTypes['JobFile']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SkippedSeriesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SkippedSeries'] = ResolversParentTypes['SkippedSeries']> = {
  category?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  product?: Resolver<Maybe<ResolversTypes['Product']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type DemandSeriesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DemandSeries'] = ResolversParentTypes['DemandSeries']> = {
  category?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  product?: Resolver<Maybe<ResolversTypes['Product']>, ParentType, ContextType>;
  model?: Resolver<ResolversTypes['DemandModel'], ParentType, ContextType>;
  history?: Resolver<Array<ResolversTypes['DemandMonth']>, ParentType, ContextType>;
  forecast?: Resolver<Array<ResolversTypes['ForecastMonth']>, ParentType, ContextType>;
  backtest?: Resolver<ResolversTypes['DemandBacktest'], ParentType, ContextType>;
  topProducts?: Resolver<Array<ResolversTypes['Product']>, ParentType, ContextType>;
};

export type DemandBacktestResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DemandBacktest'] = ResolversParentTypes['DemandBacktest']> = {
  months?: Resolver<Array<ResolversTypes['BacktestMonth']>, ParentType, ContextType>;
  mase?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  seasonalNaiveMase?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  coverage?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  widening?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type BacktestMonthResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BacktestMonth'] = ResolversParentTypes['BacktestMonth']> = {
  month?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  actual?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  low?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  high?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type DemandMonthResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DemandMonth'] = ResolversParentTypes['DemandMonth']> = {
  month?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type ForecastMonthResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ForecastMonth'] = ResolversParentTypes['ForecastMonth']> = {
  month?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  quantity?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  low?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  high?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type CustomerSegmentsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CustomerSegments'] = ResolversParentTypes['CustomerSegments']> = {
  version?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  served?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  customers?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  until?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  silhouette?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  candidates?: Resolver<Array<ResolversTypes['SegmentCountCandidate']>, ParentType, ContextType>;
  segments?: Resolver<Array<ResolversTypes['CustomerSegment']>, ParentType, ContextType>;
  chart?: Resolver<Maybe<ResolversTypes['JobFile']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SegmentCountCandidateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SegmentCountCandidate'] = ResolversParentTypes['SegmentCountCandidate']> = {
  segments?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  silhouette?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type CustomerSegmentResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CustomerSegment'] = ResolversParentTypes['CustomerSegment']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  size?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  centroid?: Resolver<ResolversTypes['SegmentCentroid'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type SegmentCentroidResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SegmentCentroid'] = ResolversParentTypes['SegmentCentroid']> = {
  recencyDays?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  frequency?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  monetary?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
};

export type JobKindResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobKind'] = ResolversParentTypes['JobKind']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  inputSchema?: Resolver<ResolversTypes['JSON'], ParentType, ContextType>;
  maxAttempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  timeoutMs?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ProductResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Product'] = ResolversParentTypes['Product']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type JobConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobConnection'] = ResolversParentTypes['JobConnection']> = {
  edges?: Resolver<Array<ResolversTypes['JobEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type JobEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['JobEdge'] = ResolversParentTypes['JobEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Job'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  JSON?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Date?: GraphQLScalarType;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  JobUpdate?: JobUpdateResolvers<ContextType>;
  Job?: JobResolvers<ContextType>;
  JobProgress?: JobProgressResolvers<ContextType>;
  ResultFile?: ResultFileResolvers<ContextType>;
  JobFile?: JobFileResolvers<ContextType>;
  JobError?: JobErrorResolvers<ContextType>;
  Webhook?: WebhookResolvers<ContextType>;
  WebhookAttempt?: WebhookAttemptResolvers<ContextType>;
  JobResult?: JobResultResolvers<ContextType>;
  JsonResult?: JsonResultResolvers<ContextType>;
  RecommendationModel?: RecommendationModelResolvers<ContextType>;
  RankingMetrics?: RankingMetricsResolvers<ContextType>;
  SimilarProductsExample?: SimilarProductsExampleResolvers<ContextType>;
  SimilarProduct?: SimilarProductResolvers<ContextType>;
  DemandForecast?: DemandForecastResolvers<ContextType>;
  SkippedSeries?: SkippedSeriesResolvers<ContextType>;
  DemandSeries?: DemandSeriesResolvers<ContextType>;
  DemandBacktest?: DemandBacktestResolvers<ContextType>;
  BacktestMonth?: BacktestMonthResolvers<ContextType>;
  DemandMonth?: DemandMonthResolvers<ContextType>;
  ForecastMonth?: ForecastMonthResolvers<ContextType>;
  CustomerSegments?: CustomerSegmentsResolvers<ContextType>;
  SegmentCountCandidate?: SegmentCountCandidateResolvers<ContextType>;
  CustomerSegment?: CustomerSegmentResolvers<ContextType>;
  SegmentCentroid?: SegmentCentroidResolvers<ContextType>;
  JobKind?: JobKindResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  Product?: ProductResolvers<ContextType>;
  JobConnection?: JobConnectionResolvers<ContextType>;
  JobEdge?: JobEdgeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
};

