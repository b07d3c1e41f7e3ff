import { readGatewaySettings, startGateway } from '@tributary/gateway'
import { createStopStack } from '@tributary/runtime'
import { serverAudits } from 'graphql-http'
import { silentLog, startTinyGraph } from '../../gateway/src/tinyGraph.fixture.ts'

const stack = createStopStack()
let url: string

beforeAll(async () => {
  const graph = await startTinyGraph(stack)
  const subgraphs = new Map(Object.entries(graph).map(([name, subgraph]) => [name, subgraph.url]))
  const settings = readGatewaySettings({ PORT: '0' })
  const gateway = stack.add(await startGateway({ settings, subgraphs, log: silentLog }))
  url = gateway.graphqlUrl
})
afterAll(() => stack.stop())

const audits = serverAudits({ url: () => url, fetchFn: fetchAsNoPage })

describe('GraphQL over HTTP, by the audits of graphql-http', () => {
  test('there are 61', () => {
    expect(audits).toHaveLength(61)
  })

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn()
    expect({ status: result.status, reason: 'reason' in result ? result.reason : undefined }).toEqual({ status: 'ok' })
  })
})

/** The audits do not know that a GET must show that it is no form of a page. */
function fetchAsNoPage(input: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('apollo-require-preflight', 'true')
  return fetch(input, { ...init, headers })
}
