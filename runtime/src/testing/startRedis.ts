import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'
import type { Running } from '../process/Running.ts'

/** A Redis server of its own, in memory, that things can be done to. */
export type TestRedis = Running & {
  url: string
  flush(): Promise<void>
  /** It comes back at the same address, empty. */
  killAndRestart(): Promise<void>
  /** Whether its process is stopped, as by a debugger: it takes connections and answers nobody. */
  setFrozen(isFrozen: boolean): void
  /** Whether it has no room: it answers each write with an error, and reads as ever. */
  setFull(isFull: boolean): Promise<void>
}

/** Starts one on a free port of loopback. Rejects when the program is missing. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server = await start()
  return {
    url,
    flush: () => command('flushall'),
    async killAndRestart() {
      await kill()
      server = await start()
    },
    setFrozen: (isFrozen) => void server.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
    setFull: (isFull) => command('config', 'set', 'maxmemory', isFull ? '1' : '0'),
    stop: kill,
  }

  async function kill(): Promise<void> {
    const ended = once(server, 'exit')
    if (server.exitCode === null && server.signalCode === null && server.kill('SIGKILL')) await ended
  }

  async function start() {
    const options = { port: `${port}`, bind: '127.0.0.1', save: '', appendonly: 'no', 'maxmemory-policy': 'noeviction' }
    const child = spawn(
      'redis-server',
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    )
    const missing = once(child, 'error').then(() => {
      throw new Error('This needs a Redis server: `apt-get install redis-server` brings it')
    })
    missing.catch(() => undefined)
    await Promise.race([missing, untilReady(child.stdout)])
    return child
  }

  async function command(name: string, ...args: string[]): Promise<void> {
    const redis = new Redis(url)
    await redis.call(name, ...args)
    redis.disconnect()
  }
}

async function untilReady(output: NodeJS.ReadableStream): Promise<void> {
  let text = ''
  for await (const chunk of output) {
    text += chunk
    if (text.includes('Ready to accept connections')) break
  }
  output.resume()
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('Expected an address with a port')
  return address.port
}
