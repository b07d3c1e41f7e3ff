import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

declare global {
  /** Handed from the setup to the teardown: jest shares the global object of its own process between the two. */
  var testDatabaseServer: ChildProcess | undefined
}

/**
 * Bundles the programs that suites start (`bundleOf`), and starts the one PostgreSQL server in which each suite makes a database of its own
 * (`createTestDatabase`). In a process of its own, under tsx: jest transforms this file, but not what it imports. Its standard input is the line that it lives by.
 */
export default async function globalSetup(): Promise<void> {
  // Set before anything of Apollo's is loaded: its gateway would report to its vendor otherwise.
  process.env.APOLLO_TELEMETRY_DISABLED = '1'
  const script = fileURLToPath(new URL('serveSuites.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const ended = once(child, 'exit').then(() => [])
  const [line] = await Promise.race([once(child.stdout, 'data'), ended])
  if (!line) throw new Error('What the tests need did not start')
  process.env.TRIBUTARY_TEST_DATABASE_SERVER = String(line).trim()
  globalThis.testDatabaseServer = child
}
