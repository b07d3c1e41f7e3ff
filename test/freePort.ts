import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of loopback that nobody listens on now, for what must come back to the same one. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('Expected an address with a port')
  return address.port
}
