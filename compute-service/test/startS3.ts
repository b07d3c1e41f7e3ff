import { once } from 'node:events'
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, type Running } from '@tributary/runtime'
import S3rver from 's3rver'
import type { ResultPlace } from '../src/index.ts'

/** An S3-compatible server behind a door that can be shut. It takes forged signatures: what signing is worth cannot be tested with it. */
export type S3 = Running & {
  place: Extract<ResultPlace, { kind: 's3' }>
  /** `cut`: the connection ends amid what is sent. `shut`: nobody answers. */
  setDoor(door: 'open' | 'cut' | 'shut'): void
  /** Once the next upload has been answered, what it stored is cut short on its disk: a server that loses what it has taken. */
  spoilNext(): void
  /** How many objects it has. */
  countObjects(): Promise<number>
}

/** Starts it with one bucket. */
export async function startS3(): Promise<S3> {
  const stack = createStopStack()
  const directory = await mkdtemp(join(tmpdir(), 'tributary-s3-'))
  stack.add({ stop: () => rm(directory, { recursive: true, force: true }) })
  const bucket = 'results'
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
  })
  const { port } = await server.run()
  stack.add({ stop: () => server.close() })
  const door = stack.add(await openDoor(port))
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  const endpoint = `http://127.0.0.1:${door.port}`
  const objects = async () => {
    const names = await readdir(join(directory, bucket), { recursive: true })
    return names.filter((name) => name.endsWith('._S3rver_object')).map((name) => join(directory, bucket, name))
  }
  return {
    place: { kind: 's3', bucket, region: 'us-east-1', endpoint, publicEndpoint: undefined, credentials },
    setDoor: door.set,
    spoilNext: () =>
      door.onceBeforeHead(async () => {
        for (const path of await objects()) await truncate(path, 10)
      }),
    countObjects: async () => (await objects()).length,
    stop: stack.stop,
  }
}

/** How much of a request comes through before the connection is cut, in bytes. */
const cutAfterBytes = 50_000

type Door = Running & { port: number; set: S3['setDoor']; onceBeforeHead(act: () => Promise<void>): void }

async function openDoor(to: number): Promise<Door> {
  let door: Parameters<S3['setDoor']>[0] = 'open'
  let beforeHead: (() => Promise<void>) | undefined
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    if (door === 'shut') {
      client.destroy()
      return
    }
    const upstream = connect(to, '127.0.0.1')
    let seen = 0
    client.on('data', (chunk) => {
      seen += chunk.length
      if (door === 'shut' || (door === 'cut' && seen > cutAfterBytes)) client.destroy()
      else if (beforeHead && chunk.subarray(0, 5).toString() === 'HEAD ') {
        void beforeHead().then(() => upstream.write(chunk))
        beforeHead = undefined
      } else upstream.write(chunk)
    })
    upstream.pipe(client)
    client.on('close', () => clients.delete(client) && upstream.destroy()).on('error', () => undefined)
    upstream.on('close', () => client.destroy()).on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected an address with a port')
  return {
    port: address.port,
    set(next) {
      door = next
    },
    onceBeforeHead(act) {
      beforeHead = act
    },
    async stop() {
      server.close()
      for (const client of clients) client.destroy()
    },
  }
}
