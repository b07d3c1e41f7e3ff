import type { ResultKey } from './ResultStore.ts'

/** The `content-disposition` of a download: saved under a name of its own, never opened in the place of a page. */
export function attachment({ jobId, file }: ResultKey): string {
  return `attachment; filename="${jobId}-${file}"`
}
