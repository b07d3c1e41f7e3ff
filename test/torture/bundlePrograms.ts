import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../../start/bundleProgram.ts'

// The programs that are started again and again, each in one file: as `npm run start:gateway` does, since compiling would be most of a start.
const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
await Promise.all(
  Object.entries({
    gateway: 'gateway/src/main.ts',
    users: 'subgraphs/users/src/main.ts',
    compute: 'test/torture/computeProcess.ts',
  }).map(([name, program]) => bundleProgram(path(program), path(`node_modules/.cache/tributary/torture/${name}.mjs`))),
)
