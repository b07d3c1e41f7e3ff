import { Agent, createServer, request } from 'node:http'
import { drainServer } from './drainServer.ts'
import { listen } from './listen.ts'

test('a client that keeps its connection busy does not keep a server from stopping; what runs is answered', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let arrived = () => {}
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const server = createServer(async (_request, response) => {
    arrived()
    await held
    response.end('ok')
  })
  const draining = drainServer(server)
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
      asked.on('error', reject).end()
    })
  let isStopped = false
  const first = ask()
  await hasArrived
  const stopped = draining.stop().then(() => {
    isStopped = true
  })
  let answers = 0
  const busy = (async () => {
    while (!isStopped) {
      await ask().then(
        () => answers++,
        () => undefined,
      )
    }
  })()
  release()
  expect(await first).toBe(200)
  await stopped
  await busy
  // One that came at the very end of the first, at most, and was told that it was the last: no more as long as it asks.
  expect(answers).toBeLessThanOrEqual(1)
  agent.destroy()
})
