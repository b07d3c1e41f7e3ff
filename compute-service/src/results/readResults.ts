import { json } from 'node:stream/consumers'
import type { Job } from '../ledger/Job.ts'
import type { Ledger } from '../ledger/openLedger.ts'
import { type ResultStore, resultFile } from './ResultStore.ts'

/** The largest result that is read as a whole, in bytes of JSON. */
const maxReadBytes = 1024 * 1024

/** What jobs gave, from the ledger or from the store. `value` is undefined where it is too large, or no longer there. */
export async function readResults(options: {
  jobs: readonly Job[]
  ledger: Pick<Ledger, 'readResults'>
  results: ResultStore | undefined
}): Promise<{ id: string; value: unknown }[]> {
  const { jobs, ledger, results } = options
  const inLedger = jobs.filter(({ storedResult }) => storedResult === null)
  const [rows, stored] = await Promise.all([
    inLedger.length === 0 ? [] : ledger.readResults(inLedger.map(({ id }) => id)),
    Promise.all(
      jobs.flatMap(({ id, attempt, storedResult }) =>
        storedResult === null ? [] : [readStored({ id, attempt, bytes: storedResult.bytes, results })],
      ),
    ),
  ])
  return [...rows.map(({ id, result }) => ({ id, value: result })), ...stored]
}

async function readStored(options: {
  id: string
  attempt: number
  bytes: number
  results: ResultStore | undefined
}): Promise<{ id: string; value: unknown }> {
  const { id, attempt, bytes, results } = options
  if (bytes > maxReadBytes) return { id, value: undefined }
  const found = await results?.open({ jobId: id, attempt, file: resultFile })
  return { id, value: found && (await json(found.stream)) }
}
