import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Running } from '@tributary/runtime'
import { Redis } from 'ioredis'
import { freePort } from '../freePort.ts'

/** A Redis server that keeps nothing over a restart. */
export type RestartableRedis = Running & { redisUrl: string; flush(): Promise<void>; killAndRestart(): Promise<void> }

/** Starts one on a free port of loopback. Rejects when the program is missing. */
export async function startRestartableRedis(): Promise<RestartableRedis> {
  const port = await freePort()
  const redisUrl = `redis://127.0.0.1:${port}`
  let server = await start()
  return {
    redisUrl,
    async flush() {
      const redis = new Redis(redisUrl)
      await redis.flushall()
      redis.disconnect()
    },
    async killAndRestart() {
      await kill()
      server = await start()
    },
    stop: kill,
  }

  async function kill(): Promise<void> {
    const ended = once(server, 'exit')
    if (server.exitCode === null && server.signalCode === null && server.kill('SIGKILL')) await ended
  }

  async function start() {
    const child = spawn('redis-server', [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
    ])
    const missing = once(child, 'error').then(() => {
      throw new Error('Chaos on Redis needs a Redis server: `apt-get install redis-server` brings it')
    })
    missing.catch(() => undefined)
    await Promise.race([missing, untilReady(child.stdout)])
    return child
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
