import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { composeServices } from '@apollo/composition'
import { createStopStack } from '@tributary/runtime'
import { bundleOf } from '@tributary/runtime/testing'
import { parse } from 'graphql'
import { createClient } from 'graphql-sse'
import { pino } from 'pino'
import { readGatewaySettings } from '../../gateway/src/config.ts'
import { type RunningGateway, startGateway } from '../../gateway/src/startGateway.ts'
import { tickingSdl, tickingSecret } from '../../gateway/src/tickingSubgraph.fixture.ts'
import { startProcess } from '../startProcess.ts'

const running = createStopStack()
afterAll(() => running.stop())

/** A gateway for each protocol follows one subgraph, in a process of its own, which has a change each 50 ms. */
test('a frozen subgraph is noticed by what it does not say, by any protocol; nothing is lost or twice once it goes on, or after it is killed and restarted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-frozen-'))
  running.add({ stop: () => rm(folder, { recursive: true }) })
  const since = String(Date.now())
  let subgraph = await startSubgraph('0')
  running.add({ stop: async () => void (await subgraph.stop('SIGKILL')) })
  const { supergraphSdl = '' } = composeServices([
    { name: 'ticking', url: `http://127.0.0.1:${subgraph.port}/graphql`, typeDefs: parse(tickingSdl) },
  ])
  await writeFile(join(folder, 'supergraph.graphql'), supergraphSdl)
  const followers = await Promise.all(['ws', 'sse', 'callback'].map(follow))

  await Promise.all(followers.map((each) => each.sees(10)))
  process.kill(subgraph.pid, 'SIGSTOP')
  await Promise.all(followers.map((each) => each.lost(1)))
  process.kill(subgraph.pid, 'SIGCONT')
  await Promise.all(followers.map((each) => each.sees(each.seqs.length + 20)))

  const losses = followers.map((each) => each.losses())
  await subgraph.stop('SIGKILL')
  await Promise.all(followers.map((each, n) => each.lost((losses[n] ?? 0) + 1)))
  subgraph = await startSubgraph(String(subgraph.port))
  await Promise.all(followers.map((each) => each.sees(each.seqs.length + 20)))

  for (const { seqs } of followers) expect(seqs).toEqual(seqs.map((_, n) => n + 1))

  async function startSubgraph(port: string) {
    const child = startProcess(bundleOf('test/streams/tickingProcess.ts'), {}, [port, since])
    const [, listens = ''] = await child.waitFor(/listens on (\d+)/)
    return { pid: child.pid, stop: child.stop, port: Number(listens) }
  }

  /** Follows all changes through a gateway of its own. */
  async function follow(protocol: string) {
    let losses = 0
    const waiters = new Set<() => void>()
    const tell = () => {
      for (const look of [...waiters]) look()
    }
    const gateway = running.add(
      await start(folder, protocol, (line) => {
        if (/^upstream .* lost$/.test(line)) losses++
        tell()
      }),
    )
    const client = createClient({ url: gateway.graphqlUrl, retryAttempts: 0 })
    running.add({ stop: async () => client.dispose() })
    const seqs: number[] = []
    client.subscribe<{ changes: { seq: number } }>(
      { query: 'subscription { changes(after: 0) { seq } }' },
      {
        next({ data }) {
          if (data) seqs.push(data.changes.seq)
          tell()
        },
        error: () => {},
        complete: () => {},
      },
    )
    return {
      seqs,
      losses: () => losses,
      sees: (count: number) => until(() => seqs.length >= count),
      lost: (count: number) => until(() => losses >= count),
    }

    function until(isTrue: () => boolean): Promise<void> {
      return new Promise((resolve) => {
        const look = () => {
          if (!isTrue()) return
          waiters.delete(look)
          resolve()
        }
        waiters.add(look)
        look()
      })
    }
  }
}, 60_000)

function start(folder: string, protocol: string, logged: (message: string) => void): Promise<RunningGateway> {
  const settings = readGatewaySettings({
    PORT: '0',
    SUPERGRAPH: join(folder, 'supergraph.graphql'),
    SUBGRAPH_STREAMS: `ticking=${protocol}`,
    SUBGRAPH_PING_MS: '500',
  })
  const log = pino(
    new Writable({
      write(line, _encoding, done) {
        logged(JSON.parse(String(line)).msg)
        done()
      },
    }),
  )
  return startGateway({ settings, secret: tickingSecret, log })
}
