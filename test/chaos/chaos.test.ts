import { expect, test } from '@jest/globals'
import { runChaos } from './runChaos.ts'

test('1,000 jobs take effect once each while workers are killed and frozen, PostgreSQL is restarted, and Redis is flushed and killed', async () => {
  const said: string[] = []
  const settings = {
    jobs: 1_000,
    seconds: 200,
    backend: 'redis',
    workers: 3,
    freezeMs: 20_000,
    disturbMs: 25_000,
  } as const
  const result = await runChaos(settings, (line) => said.push(line))
  // How fast is for `npm run chaos` to say: a gate shares its machine.
  const { kills, requeueP99Ms: _, ...counts } = result
  // What was done to them is the message when something is missing.
  expect({ ...counts, said: counts.lost + counts.stuck + counts.duplicateEffects > 0 ? said : [] }).toEqual({
    jobs: 1_000,
    lost: 0,
    stuck: 0,
    duplicateEffects: 0,
    said: [],
  })
  expect(kills).toBeGreaterThan(1)
}, 260_000)
