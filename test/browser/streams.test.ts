import { existsSync } from 'node:fs'
import { createStopStack } from '@tributary/runtime'
import { type Browser, chromium, type Page } from 'playwright-core'
import { readmeLines } from '../streams/readmeLines.ts'
import { startTickingGateway, type TickingGraph } from '../streams/startTickingGateway.ts'

const executablePath = '/usr/bin/chromium'
const query = 'subscription { changes { seq status } }'

/** Streams over HTTP, as headless Chromium reads them by `fetch` and `EventSource`, on the gateway's own page. */
describe('streams in a browser', () => {
  const running = createStopStack()
  let graph: TickingGraph
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    if (!existsSync(executablePath)) throw new Error('Expected Chromium: apt-get install chromium')
    graph = await startTickingGateway(running)
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    })
    running.add({ stop: () => browser.close() })
    page = await browser.newPage()
    await page.goto(graph.gateway.url)
  }, 60_000)
  afterAll(() => running.stop(), 30_000)

  /** Three changes, when so many subscriptions run; then all of them end. */
  async function act(): Promise<void> {
    await graph.subgraph.running(1)
    for (const status of ['QUEUED', 'RUNNING', 'SUCCEEDED']) graph.subgraph.change({ status })
    graph.subgraph.complete()
  }

  test.each([
    ['text/event-stream', /^:\n\n(event: next\ndata: \{.*\}\n\n){3,}event: complete\ndata: \n\n$/],
    ['multipart/mixed;subscriptionSpec=1.0', /^\r\n--graphql(\r\n.*\r\n\r\n\{"payload":.*\}\r\n--graphql){3,}--\r\n$/],
  ])('fetch reads %s as it comes, to its end', async (accept, expected) => {
    const read = page.evaluate(
      async ({ accept, query, token }) => {
        const headers = { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` }
        const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) })
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
        let text = ''
        let pieces = 0
        for (;;) {
          const { done = true, value } = (await reader?.read()) ?? {}
          if (done) return { text, pieces, type: response.headers.get('content-type') }
          text += value
          pieces++
        }
      },
      { accept, query, token: graph.token },
    )
    await act()
    const { text, pieces, type } = await read
    expect(text).toMatch(expected)
    expect(text).toContain('"status":"SUCCEEDED"')
    // It did not come at once, at the end.
    expect(pieces).toBeGreaterThan(1)
    expect(type).toContain(accept.split(';')[0])
  })

  test('EventSource reads a stream of its own, for who needs not say who it is', async () => {
    const read = page.evaluate(
      (query) =>
        new Promise<string[]>((resolve) => {
          const seen: string[] = []
          const events = new EventSource(`/graphql?query=${encodeURIComponent(query)}`)
          events.addEventListener('next', ({ data }) => void seen.push(data))
          events.addEventListener('complete', () => {
            events.close()
            resolve(seen)
          })
        }),
      query,
    )
    await act()
    expect((await read).at(-1)).toContain('"status":"SUCCEEDED"')
    expect(graph.subgraph.identities.at(-1)).toEqual({ kind: 'verified', identity: undefined })
  })

  test("EventSource reads a reserved stream in a user's name, by the lines of the README", async () => {
    const read = page.evaluate(
      ({ lines, token, query }) =>
        new Promise<unknown[]>((resolve, reject) => {
          const seen: unknown[] = []
          const names = { token, query, variables: {}, show: (data: unknown) => seen.push(data) }
          const run = new Function(...Object.keys(names), 'done', `return (async () => { ${lines} })()`)
          run(...Object.values(names), () => resolve(seen)).catch(reject)
        }),
      { lines: readmeLines('const headers'), token: graph.token, query },
    )
    await act()
    expect((await read).at(-1)).toMatchObject({ changes: { status: 'SUCCEEDED' } })
    expect(graph.subgraph.identities.at(-1)).toMatchObject({ kind: 'verified', identity: { userId: 'ada' } })
  })

  test('a page that is closed frees both sides', async () => {
    const other = await browser.newPage()
    await other.goto(graph.gateway.url)
    await other.evaluate((query) => void new EventSource(`/graphql?query=${encodeURIComponent(query)}`), query)
    await graph.subgraph.running(1)
    await other.close()
    await graph.subgraph.running(0)
    expect(graph.gateway.streamCounts()).toEqual({ streams: 0, responses: 0 })
  })
})
