import { fileURLToPath } from 'node:url'

/**
 * The JavaScript file of a program of ours, which is named by its path from the project's folder. `test/bundleTestPrograms.ts` makes it, before all suites:
 * compiling would be most of a process's start.
 */
export function bundleOf(program: string): string {
  const bundles = new URL('../../../node_modules/.cache/tributary/programs/', import.meta.url)
  return fileURLToPath(new URL(program.replace(/\.ts$/, '.mjs'), bundles))
}
