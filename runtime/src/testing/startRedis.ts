import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Running } from '../process/Running.ts'

/** A Redis server of its own for one suite, in memory, on a free port of loopback. */
export async function startRedis(): Promise<Running & { url: string }> {
  const port = await freePort()
  const server = spawn('redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ])
  const missing = once(server, 'error').then(() => {
    throw new Error('These tests need a Redis server: `apt-get install redis-server` brings it')
  })
  await Promise.race([missing, ready(server.stdout)])
  missing.catch(() => undefined)
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const ended = once(server, 'exit')
      if (server.exitCode === null && server.kill('SIGKILL')) await ended
    },
  }
}

async function ready(output: NodeJS.ReadableStream): Promise<void> {
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
