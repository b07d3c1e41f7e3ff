import { fileURLToPath } from 'node:url'
import { bundleProgram } from './bundleProgram.ts'

// The first half of `npm run start:gateway`: makes the program that the second half runs.
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
await bundleProgram(path('../gateway/src/main.ts'), path('../node_modules/.cache/tributary/gateway.mjs'))
