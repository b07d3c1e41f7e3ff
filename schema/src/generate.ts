import { mkdirSync, writeFileSync } from 'node:fs'
import { composeSchema } from './composeSchema.ts'
import { generateResolverTypes } from './generateResolverTypes.ts'
import { subgraphNames, supergraphPath } from './subgraphSdl.ts'

// `npm run schema`: writes schema/supergraph.graphql and every subgraph's resolver types.
writeFileSync(supergraphPath, composeSchema())
for (const name of subgraphNames) {
  const folder = new URL(`../../subgraphs/${name}/src/generated/`, import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL('resolverTypes.ts', folder), await generateResolverTypes(name))
}
