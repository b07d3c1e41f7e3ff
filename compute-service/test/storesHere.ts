import { spawnSync } from 'node:child_process'

/**
 * The stores that the suites run over. `npm test` needs nothing but Node, so a machine without redis-server is told what was left out
 * rather than failed; in CI nothing is left out.
 */
export const storesHere: readonly ('PostgreSQL' | 'Redis')[] =
  process.env.CI || spawnSync('redis-server', ['--version']).status === 0 ? ['PostgreSQL', 'Redis'] : leaveRedisOut()

function leaveRedisOut(): ['PostgreSQL'] {
  process.stderr.write('\nLEFT OUT: the tests over Redis. `apt-get install redis-server` brings what they need.\n\n')
  return ['PostgreSQL']
}
