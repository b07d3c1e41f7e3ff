import { codegen } from '@graphql-codegen/core'
import * as typescript from '@graphql-codegen/typescript'
import * as resolvers from '@graphql-codegen/typescript-resolvers'
import { type SubgraphName, subgraphSdl } from './subgraphSdl.ts'

/**
 * What the resolvers of a type get as their parent, where that is not the GraphQL type itself: `file#Type`, the file relative
 * to `subgraphs/<name>/src/generated/`.
 */
const mappers: Record<SubgraphName, Record<string, string>> = {
  users: { User: '../store.ts#StoredUser' },
  orders: {
    User: '../store/readOrders.ts#UserReference',
    Order: '../store/readOrders.ts#StoredOrder',
    OrderLine: '../store/readOrders.ts#StoredLine',
    Product: '../store/readProducts.ts#StoredProduct',
  },
  recommendations: { User: '../EntityReference.ts#EntityReference', Product: '../EntityReference.ts#EntityReference' },
  compute: {
    Job: '@tributary/compute-service#Job as GivenJob',
    JobUpdate: '@tributary/compute-service#JobUpdate as GivenJobUpdate',
    JobFile: '../jobFiles.ts#JobFile as GivenJobFile',
    JobKind: '@tributary/compute-service#JobKind as GivenJobKind',
    JsonResult: '../jobResult.ts#JsonResult as GivenJsonResult',
    RecommendationModel: '../jobResult.ts#RecommendationModel as GivenRecommendationModel',
    SimilarProductsExample: '../jobResult.ts#SimilarProductsExample as GivenSimilarProductsExample',
    SimilarProduct: '../jobResult.ts#SimilarProduct as GivenSimilarProduct',
    DemandForecast: '../jobResult.ts#DemandForecast as GivenDemandForecast',
    CustomerSegments: '../jobResult.ts#CustomerSegments as GivenCustomerSegments',
    SkippedSeries: '../jobResult.ts#SkippedSeries as GivenSkippedSeries',
    DemandSeries: '../jobResult.ts#DemandSeries as GivenDemandSeries',
  },
}

const scalars = { DateTime: 'string', Date: 'string', Money: 'string', Decimal: 'string', JSON: 'unknown' }

/** The TypeScript source of `subgraphs/<name>/src/generated/resolverTypes.ts`. */
export async function generateResolverTypes(name: SubgraphName): Promise<string> {
  const config = {
    contextType: '../context.ts#Context',
    mappers: mappers[name],
    scalars,
    federation: true,
    enumsAsTypes: true,
    enumType: 'string-literal',
    useTypeImports: true,
    avoidOptionals: { field: true, object: true },
    defaultScalarType: 'unknown',
  }
  const code = await codegen({
    filename: 'resolverTypes.ts',
    schema: subgraphSdl(name),
    documents: [],
    config,
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
  })
  return `// Made by \`npm run schema\` from schema/${name}.graphql. Do not edit.\n${code}`
}
