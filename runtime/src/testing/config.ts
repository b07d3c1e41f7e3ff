import { spawnSync } from 'node:child_process'

/** Where jest's global setup tells the suites which PostgreSQL server to use. */
export const testServerVariable = 'TRIBUTARY_TEST_DATABASE_SERVER'

/** The URL of a database of the test server. Throws outside jest. */
export function testServerUrl(): string {
  const url = process.env[testServerVariable]
  if (!url)
    throw new Error(`Expected ${testServerVariable} to be set: run the tests through jest, whose setup starts a server`)
  return url
}

/**
 * Whether the suites run over Redis too. `npm test` needs nothing but Node, so a machine without redis-server is told what was left out rather than
 * failed; in CI nothing is left out.
 */
export const hasRedis = process.env.CI !== undefined || spawnSync('redis-server', ['--version']).status === 0

if (!hasRedis) {
  process.stderr.write('\nLEFT OUT: the tests over Redis. `apt-get install redis-server` brings what they need.\n\n')
}
