// Made by `npm run schema` from schema/recommendations.graphql. Do not edit.
import type { GraphQLResolveInfo } from 'graphql';
import type { EntityReference } from '../EntityReference.ts';
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
  _FieldSet: { input: unknown; output: unknown; }
};

export type Mutation = {
  __typename?: 'Mutation';
  /**
   * Makes a trained model the one that recommendations come from, whole or not at all, unless a newer one is there already.
   * Publishing the same version again changes nothing. Needs the scope `service`.
   */
  publishModel: Maybe<PublishedModel>;
  /** Makes a segmentation the one that `User.segment` comes from, in the same way. Needs the scope `service`. */
  publishSegments: Maybe<PublishedModel>;
};


export type MutationPublishModelArgs = {
  input: PublishModelInput;
};


export type MutationPublishSegmentsArgs = {
  input: PublishSegmentsInput;
};

export type User = {
  __typename?: 'User';
  id: Scalars['ID']['output'];
  /** Products that the user has not bought and may like, best first. */
  recommendations: Maybe<Array<Recommendation>>;
  /** The group of customers who buy as this one does; null before the first segmentation and for who had bought nothing then. */
  segment: Maybe<CustomerSegment>;
};


export type UserRecommendationsArgs = {
  first?: Scalars['Int']['input'];
};

export type Product = {
  __typename?: 'Product';
  id: Scalars['ID']['output'];
  /** Products that the same customers buy, best first. */
  similar: Maybe<Array<Recommendation>>;
};


export type ProductSimilarArgs = {
  first?: Scalars['Int']['input'];
};

export type Recommendation = {
  __typename?: 'Recommendation';
  product: Maybe<Product>;
  /** Higher is better; comparable within one list only. */
  score: Scalars['Float']['output'];
  /** Why this product, in a few words for people. */
  reason: Scalars['String']['output'];
  source: RecommendationSource;
  /** The version of the model, null when `source` is `POPULARITY`. */
  modelVersion: Maybe<Scalars['ID']['output']>;
};

export type RecommendationSource =
  /** From the newest trained model. */
  | 'MODEL'
  /** No model has been trained yet, or it does not know this user or product: what sells best. */
  | 'POPULARITY';

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

export type PublishModelInput = {
  /** Versions are numbers; a higher one is newer. */
  version: Scalars['Int']['input'];
  users: Array<UserRecommendationsInput>;
  products: Array<SimilarProductsInput>;
};

/** The products recommended to a user, best first; `scores` has one entry for each. */
export type UserRecommendationsInput = {
  userId: Scalars['ID']['input'];
  productIds: Array<Scalars['ID']['input']>;
  scores: Array<Scalars['Float']['input']>;
};

/** The products most similar to a product, best first; `scores` has one entry for each. */
export type SimilarProductsInput = {
  productId: Scalars['ID']['input'];
  productIds: Array<Scalars['ID']['input']>;
  scores: Array<Scalars['Float']['input']>;
};

export type PublishSegmentsInput = {
  /** Versions are numbers; a higher one is newer. */
  version: Scalars['Int']['input'];
  segments: Array<CustomerSegmentInput>;
};

/** A segment; each user is in one at most. */
export type CustomerSegmentInput = {
  name: Scalars['String']['input'];
  description: Scalars['String']['input'];
  centroid: SegmentCentroidInput;
  userIds: Array<Scalars['ID']['input']>;
};

/** As `SegmentCentroid`. */
export type SegmentCentroidInput = {
  recencyDays: Scalars['Float']['input'];
  frequency: Scalars['Float']['input'];
  monetary: Scalars['Float']['input'];
};

export type PublishedModel = {
  __typename?: 'PublishedModel';
  /** The version that is served now. */
  version: Scalars['Int']['output'];
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
  User: User;
  Product: Product;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  User:
    ( { __typename: 'User' }
    & GraphQLRecursivePick<FederationTypes['User'], {"id":true}> );
  Product:
    ( { __typename: 'Product' }
    & GraphQLRecursivePick<FederationTypes['Product'], {"id":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  User: ResolverTypeWrapper<EntityReference>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Product: ResolverTypeWrapper<EntityReference>;
  Recommendation: ResolverTypeWrapper<Omit<Recommendation, 'product'> & { product?: Maybe<ResolversTypes['Product']> }>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  RecommendationSource: RecommendationSource;
  CustomerSegment: ResolverTypeWrapper<CustomerSegment>;
  SegmentCentroid: ResolverTypeWrapper<SegmentCentroid>;
  PublishModelInput: PublishModelInput;
  UserRecommendationsInput: UserRecommendationsInput;
  SimilarProductsInput: SimilarProductsInput;
  PublishSegmentsInput: PublishSegmentsInput;
  CustomerSegmentInput: CustomerSegmentInput;
  SegmentCentroidInput: SegmentCentroidInput;
  PublishedModel: ResolverTypeWrapper<PublishedModel>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Mutation: Record<PropertyKey, never>;
  User: EntityReference;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  Product: EntityReference;
  Recommendation: Omit<Recommendation, 'product'> & { product?: Maybe<ResolversParentTypes['Product']> };
  Float: Scalars['Float']['output'];
  String: Scalars['String']['output'];
  CustomerSegment: CustomerSegment;
  SegmentCentroid: SegmentCentroid;
  PublishModelInput: PublishModelInput;
  UserRecommendationsInput: UserRecommendationsInput;
  SimilarProductsInput: SimilarProductsInput;
  PublishSegmentsInput: PublishSegmentsInput;
  CustomerSegmentInput: CustomerSegmentInput;
  SegmentCentroidInput: SegmentCentroidInput;
  PublishedModel: PublishedModel;
  Boolean: Scalars['Boolean']['output'];
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  publishModel?: Resolver<Maybe<ResolversTypes['PublishedModel']>, ParentType, ContextType, RequireFields<MutationPublishModelArgs, 'input'>>;
  publishSegments?: Resolver<Maybe<ResolversTypes['PublishedModel']>, ParentType, ContextType, RequireFields<MutationPublishSegmentsArgs, 'input'>>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User'], FederationReferenceType extends FederationReferenceTypes['User'] = FederationReferenceTypes['User']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['User']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  recommendations?: Resolver<Maybe<Array<ResolversTypes['Recommendation']>>, ParentType, ContextType, RequireFields<UserRecommendationsArgs, 'first'>>;
  segment?: Resolver<Maybe<ResolversTypes['CustomerSegment']>, ParentType, ContextType>;
};

export type ProductResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Product'] = ResolversParentTypes['Product'], FederationReferenceType extends FederationReferenceTypes['Product'] = FederationReferenceTypes['Product']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Product']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  similar?: Resolver<Maybe<Array<ResolversTypes['Recommendation']>>, ParentType, ContextType, RequireFields<ProductSimilarArgs, 'first'>>;
};

export type RecommendationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Recommendation'] = ResolversParentTypes['Recommendation']> = {
  product?: Resolver<Maybe<ResolversTypes['Product']>, ParentType, ContextType>;
  score?: Resolver<ResolversTypes['Float'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['RecommendationSource'], ParentType, ContextType>;
  modelVersion?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
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

export type PublishedModelResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PublishedModel'] = ResolversParentTypes['PublishedModel']> = {
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  Mutation?: MutationResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  Product?: ProductResolvers<ContextType>;
  Recommendation?: RecommendationResolvers<ContextType>;
  CustomerSegment?: CustomerSegmentResolvers<ContextType>;
  SegmentCentroid?: SegmentCentroidResolvers<ContextType>;
  PublishedModel?: PublishedModelResolvers<ContextType>;
};

