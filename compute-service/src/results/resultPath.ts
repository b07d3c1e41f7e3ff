import type { ResultKey } from './ResultStore.ts'

/** Where a file lies below a store's root, as `<job>/<attempt>/<file>`. Throws for what is no key: it may come from a URL. */
export function resultPath({ jobId, attempt, file }: ResultKey): string {
  if (!isFileName(file)) throw new Error(`Expected a name as chart.svg, got ${file}`)
  return `${attemptPath({ jobId, attempt })}/${file}`
}

/** Whether a file may be called so, as `chart.svg`. */
export function isFileName(file: string): boolean {
  return /^[a-z\d][a-z\d-]{0,63}\.[a-z]{1,8}$/.test(file)
}

/** Where the files of a job lie, or those of one of its attempts. Throws like {@link resultPath}. */
export function attemptPath({ jobId, attempt }: { jobId: string; attempt?: number }): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(jobId)) throw new Error(`Expected a job's id, got ${jobId}`)
  if (attempt === undefined) return jobId
  if (!Number.isSafeInteger(attempt)) throw new Error(`Expected an attempt's number, got ${attempt}`)
  return `${jobId}/${attempt}`
}
