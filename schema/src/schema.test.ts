import { readFileSync } from 'node:fs'
import { composeServices } from '@apollo/composition'
import { composeSchema } from './composeSchema.ts'
import { generateResolverTypes } from './generateResolverTypes.ts'
import { subgraphNames, subgraphSdl, supergraphPath } from './subgraphSdl.ts'

describe('the committed schema', () => {
  test('composes without errors or hints', () => {
    const services = subgraphNames.map((name) => ({ name, url: `http://${name}/graphql`, typeDefs: subgraphSdl(name) }))
    const { errors, hints } = composeServices(services)
    expect(errors ?? []).toEqual([])
    expect((hints ?? []).map((hint) => hint.toString())).toEqual([])
  })

  test('has the supergraph that `npm run schema` makes', () => {
    expect(readFileSync(supergraphPath, 'utf8')).toBe(composeSchema())
  })

  test.each(subgraphNames)('has the resolver types of %s that `npm run schema` makes', async (name) => {
    const path = new URL(`../../subgraphs/${name}/src/generated/resolverTypes.ts`, import.meta.url)
    expect(readFileSync(path, 'utf8')).toBe(await generateResolverTypes(name))
  })
})
