import { createStopStack } from '@tributary/runtime'
import fc from 'fast-check'
import { createGeneration } from '../../gateway/src/supergraph/createGeneration.ts'
import { createHttpTransport } from '../../gateway/src/transport/httpTransport.ts'
import { operations } from '../differential/operations.ts'
import { startLibrary } from '../differential/startLibrary.ts'
import { createMemoryTransport } from '../property/createMemoryTransport.ts'
import { draftArbitrary } from '../property/draftArbitrary.ts'
import { mediaGraph } from '../property/graphs/mediaGraph.ts'
import { shopGraph } from '../property/graphs/shopGraph.ts'
import { socialGraph } from '../property/graphs/socialGraph.ts'
import { travelGraph } from '../property/graphs/travelGraph.ts'
import { printDraft } from '../property/printDraft.ts'
import { buildSubgraphGraph } from '../property/SubgraphGraph.ts'
import { createWorld } from '../property/World.ts'
import { tryDeferred } from './tryDeferred.ts'

const numRuns = 10
/** What subgraphs of the library tell of an entity that they are asked for by its key is not what they told of it before. */
const tellsOtherwise = /^provided|^composite and nested keys|mutation/
const context = { requestId: '', identity: undefined, headers: {}, signal: new AbortController().signal }

describe('all parts together are the answer without @defer', () => {
  const running = createStopStack()
  const limits = { maxDefers: 1_000, maxDirectives: 1_000, maxTokens: 10_000 }
  afterAll(() => running.stop())

  test('of operations over HTTP', async () => {
    const { supergraphSdl } = running.add(await startLibrary())
    const generation = createGeneration({ supergraphSdl, limits })
    const transport = running.add(createHttpTransport({ subgraphs: generation.subgraphs }))
    let inParts = 0
    for (const [name, { query: text, variables, operationName }] of Object.entries(operations)) {
      if (tellsOtherwise.test(name)) continue
      const request = { variables, context, transport }
      const outcome = await tryDeferred({ generation, request, text, operationName, seed: name })
      expect(outcome).toMatchObject({ problem: undefined })
      if (outcome.parts > 1) inParts++
    }
    expect(inParts).toBeGreaterThan(30)
  }, 120_000)

  test.each([mediaGraph, travelGraph, socialGraph, shopGraph])(
    'of random operations on random data: $name',
    async ({ name, ...graph }) => {
      const built = buildSubgraphGraph({ name, ...graph })
      const { generation } = built
      const cases = fc.record({ draft: draftArbitrary(generation.apiSchema), seed: fc.nat() })
      const property = fc.asyncProperty(cases, async ({ draft, seed }) => {
        const { text, variables } = printDraft(generation.apiSchema, draft)
        const transport = createMemoryTransport(built, createWorld(built, { seed, nulls: 0.15, errors: 0.03 }))
        const request = { variables, context, transport }
        const { problem } = await tryDeferred({ generation, request, text, seed: String(seed) })
        if (problem !== undefined) throw new Error(problem)
      })
      await fc.assert(property, { numRuns, seed: 7, endOnFailure: true })
    },
    120_000,
  )
})
