import { expect, test } from '@jest/globals'
import { bundleOf } from '@tributary/runtime/testing'
import { startProcess } from '../startProcess.ts'

/** Planning is what takes the time; a machine may have other things to do. */
const timeoutMs = 600_000

// In a process of its own: what jest does to a program's globals makes it half as fast.
test(
  'random operations on random data are answered as graphql-js does over the merged schema, and a failing subgraph costs its own fields',
  async () => {
    const env = Object.entries(process.env).filter(([name]) => name.startsWith('PROPERTY_'))
    const program = startProcess(bundleOf('test/property/main.ts'), {
      NODE_ENV: 'production',
      // What a change breaks is to fail here, not what was never tried before: `npm run test:property` takes another seed each time.
      PROPERTY_SEED: '1',
      ...Object.fromEntries(env.map(([name, value]) => [name, value ?? ''])),
    })
    const code = await program.exited
    process.stdout.write(`${program.output().split('\n')[0]}\n`)
    expect({ code, output: code === 0 ? '' : program.output() }).toEqual({ code: 0, output: '' })
  },
  timeoutMs,
)
