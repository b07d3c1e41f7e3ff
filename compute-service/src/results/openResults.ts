import type { Running } from '@tributary/runtime'
import { type Downloads, folderResults } from './folderResults.ts'
import type { ResultStore } from './ResultStore.ts'
import type { S3Place } from './s3Results.ts'

/** Where results lie that are too large for the ledger; alike in all processes. */
export type ResultPlace = { kind: 'folder'; folder: string } | ({ kind: 's3' } & S3Place)

/** Opens the result store. `downloads` is how those of a folder are served; S3 serves its own. */
export async function openResults(
  place: ResultPlace,
  { downloads }: { downloads?: Downloads | undefined },
): Promise<ResultStore & Running> {
  switch (place.kind) {
    case 'folder':
      return { ...folderResults({ folder: place.folder, downloads }), stop: async () => undefined }
    case 's3': {
      // The SDK is large: whoever has no S3 does not load it.
      const { s3Results } = await import('./s3Results.ts')
      return s3Results(place)
    }
    default:
      throw place satisfies never
  }
}
