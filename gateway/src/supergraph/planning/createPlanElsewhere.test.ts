import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { createStopStack } from '@tributary/runtime'
import { bundleOf } from '@tributary/runtime/testing'
import { parse } from 'graphql'
import type { CompiledOperation, ExecuteRequest } from '../../operation/CompiledOperation.ts'
import { selectOperation } from '../../operation/selectOperation.ts'
import { createGeneration } from '../createGeneration.ts'
import { createPlanner } from '../repair/createPlanner.ts'
import {
  createPlanElsewhere,
  type PlanElsewhere,
  type PlanElsewhereOptions,
  type Planned,
} from './createPlanElsewhere.ts'

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])\n'
const { supergraphSdl = '' } = composeServices([
  {
    name: 'books',
    typeDefs: parse(
      `${link} type Query { book(isbn: ID): Book } type Book @key(fields: "isbn") { isbn: ID! title: String }`,
    ),
  },
  { name: 'reviews', typeDefs: parse(`${link} type Book @key(fields: "isbn") { isbn: ID! stars: Int }`) },
])

const stack = createStopStack()
afterAll(() => stack.stop())

function open(options: Partial<PlanElsewhereOptions>): PlanElsewhere {
  const elsewhere = createPlanElsewhere({ supergraphSdl, longMs: 1, ...options })
  stack.add({ stop: async () => elsewhere.stop() })
  return elsewhere
}

/** Asks until there is a thread that answers. */
async function untilThere(elsewhere: PlanElsewhere, text: string, name?: string): Promise<Planned> {
  elsewhere.plannedHere(3)
  for (;;) {
    const planned = await elsewhere.plan(text, name)
    if (planned.kind !== 'none') return planned
    // Not at once: the thread needs the processor to start.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a thread plans as it is planned here, for clients that all ask at once', async () => {
  const elsewhere = open({ worthwhileMs: 1 })
  const text =
    'query A($representations: ID) { book(isbn: $representations) { isbn: title stars } } query B { book { title } }'
  await untilThere(elsewhere, text, 'B')
  const all = await Promise.all(Array.from({ length: 20 }, () => elsewhere.plan(text, 'A')))
  const renamed = 'query A($renamed_0: ID) { book(isbn: $renamed_0) { isbn__client: title stars } }'
  const selected = selectOperation(parse(renamed), undefined)
  if (selected.kind === 'errors') throw new Error('Expected an operation')
  const plan = createPlanner(Supergraph.build(supergraphSdl), supergraphSdl).plan(selected)
  for (const planned of all) expect(planned).toEqual({ kind: 'plan', plan: JSON.parse(JSON.stringify(plan)) })
})

test('the thread of a bundled gateway plans alike', async () => {
  const script = bundleOf('threads/gateway/src/supergraph/planning/planThreadEntry.mjs')
  const worker = new Worker(script, { workerData: { supergraphSdl } })
  stack.add({ stop: async () => void (await worker.terminate()) })
  expect(await once(worker, 'message')).toEqual(['ready'])
  const text = '{ book { title stars } }'
  worker.postMessage({ id: 7, text, operationName: undefined })
  const selected = selectOperation(parse(text), undefined)
  if (selected.kind === 'errors') throw new Error('Expected an operation')
  const plan = createPlanner(Supergraph.build(supergraphSdl), supergraphSdl).plan(selected)
  expect(await once(worker, 'message')).toEqual([{ id: 7, planJson: JSON.stringify(plan) }])
})

test('what cannot be planned, and what comes before long planning here has come to so much, is planned here', async () => {
  const elsewhere = open({ worthwhileMs: 10, longMs: 3 })
  for (let time = 0; time < 20; time++) elsewhere.plannedHere(2)
  elsewhere.plannedHere(9)
  expect(await elsewhere.plan('{ book { title } }', undefined)).toEqual({ kind: 'none' })
  await untilThere(elsewhere, '{ book { title } }')
  expect(await elsewhere.plan('{', undefined)).toEqual({ kind: 'none' })
  expect(await elsewhere.plan('{ nope }', undefined)).toEqual({ kind: 'none' })
})

test('what takes too long is given up, and another thread goes on with what waits', async () => {
  // The first operation of a thread takes longer than a millisecond, whatever it is.
  const elsewhere = open({ worthwhileMs: 1, timeoutMs: 1 })
  expect(await untilThere(elsewhere, '{ book { stars } }')).toEqual({ kind: 'late' })
  const both = (await untilThere(elsewhere, '{ book { title } }')) && [
    elsewhere.plan('{ book { stars } }', undefined),
    elsewhere.plan('{ book { stars } }', undefined),
  ]
  for (const planned of await Promise.all(both)) expect(['late', 'none']).toContain(planned.kind)
})

test('a thread that cannot start costs nothing', async () => {
  const elsewhere = open({ supergraphSdl: 'no supergraph', worthwhileMs: 1 })
  for (let time = 0; time < 3; time++) {
    elsewhere.plannedHere(1)
    expect(await elsewhere.plan('{ a }', undefined)).toEqual({ kind: 'none' })
  }
})

test('an operation that is planned elsewhere gives what one gives that is planned here, and is planned once', async () => {
  const elsewhere = open({ worthwhileMs: 1 })
  await untilThere(elsewhere, '{ book { title } }')
  const kinds: Planned['kind'][] = []
  const generation = createGeneration({
    supergraphSdl,
    elsewhere: {
      ...elsewhere,
      async plan(...asked) {
        const planned = await elsewhere.plan(...asked)
        kinds.push(planned.kind)
        return planned
      },
    },
  })
  const here = createGeneration({ supergraphSdl })
  for (let n = 0; n < 10; n++) {
    const text = `query ($isbn: ID) { book(isbn: $isbn) { n${n}: isbn title stars } }`
    const [one, two] = await Promise.all([
      generation.prepareOperation(text, undefined, parse(text)),
      generation.prepareOperation(text, undefined, parse(text)),
    ])
    if (one.kind !== 'compiled' || two.kind !== 'compiled') throw new Error('Expected both to be compiled')
    expect(one.operation).toBe(two.operation)
    expect(generation.findCompiled(text)).toBe(one.operation)
    const other = await here.prepareOperation(text, undefined, parse(text))
    if (other.kind !== 'compiled') throw new Error('Expected it to be compiled')
    expect(await asksOf(one.operation)).toEqual(await asksOf(other.operation))
  }
  expect(kinds).toEqual(Array(10).fill('plan'))
})

test('errors are the same', async () => {
  const generation = createGeneration({ supergraphSdl, elsewhere: open({ worthwhileMs: 0 }) })
  const text = 'query A { book { title } } query B { book { stars } }'
  const found = await generation.prepareOperation(text, undefined, parse(text))
  expect(found).toMatchObject({ kind: 'errors', errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] })
})

/** What an operation asks subgraphs for, and its answer. */
async function asksOf(operation: CompiledOperation): Promise<unknown[]> {
  if (operation.kind === 'subscription') throw new Error('Expected a query')
  const asked: unknown[] = []
  const transport: ExecuteRequest['transport'] = {
    async execute({ subgraph, body }) {
      asked.push(subgraph, JSON.parse(body))
      const data =
        subgraph === 'books'
          ? { book: { __typename: 'Book', isbn: '1', title: 'T' } }
          : { _entities: [{ __typename: 'Book', stars: 5 }] }
      return { kind: 'answer', data }
    },
  }
  const context = { requestId: 'r', identity: undefined, headers: {}, signal: AbortSignal.timeout(60_000) }
  return [...asked, await operation.execute({ variables: { isbn: '1' }, context, transport })]
}
