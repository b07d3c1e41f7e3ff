import { once } from 'node:events'

/** Stops what the global setup started, and waits until nothing of it is left. */
export default async function globalTeardown(): Promise<void> {
  const child = globalThis.testDatabaseServer
  if (!child || child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.stdin?.end()
  await ended
}
