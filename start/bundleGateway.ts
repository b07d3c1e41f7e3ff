import { fileURLToPath } from 'node:url'
import { bundlePrograms } from './bundlePrograms.ts'

// The first half of `npm run start:gateway`: makes the program that the second half runs.
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
await bundlePrograms([
  { program: path('../gateway/src/main.ts'), output: path('../node_modules/.cache/tributary/gateway.mjs') },
])
