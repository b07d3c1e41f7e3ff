import { fileURLToPath } from 'node:url'
import { bundleOf } from '../runtime/src/testing/bundleOf.ts'
import { bundlePrograms } from '../start/bundlePrograms.ts'

/** What tests start in processes of their own. */
const programs = [
  'start.ts',
  'gateway/src/main.ts',
  'subgraphs/users/src/main.ts',
  'subgraphs/orders/src/main.ts',
  'subgraphs/recommendations/src/main.ts',
  'subgraphs/compute/src/main.ts',
  'compute-service/src/main.ts',
  'compute-service/test/workerProcess.ts',
  'runtime/src/identity/tokenCommand.ts',
  'test/chaos/workerProcess.ts',
  'test/property/main.ts',
  'test/streams/tickingProcess.ts',
  'test/torture/computeProcess.ts',
]

/** Makes what {@link bundleOf} names of each program. Not within jest, where esbuild does not run. */
export function bundleTestPrograms(): Promise<void> {
  const source = (program: string) => fileURLToPath(new URL(`../${program}`, import.meta.url))
  return bundlePrograms(programs.map((program) => ({ program: source(program), output: bundleOf(program) })))
}
