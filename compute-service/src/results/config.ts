import { z } from 'zod'
import type { ResultPlace } from './openResults.ts'

const endpoint = () => z.url({ protocol: /^https?$/, error: 'Expected a http:// URL' })

/** The settings that say where large results lie, for each program that opens the result store. */
export const resultSettings = z.object({
  /** The folder of results above 64 KiB, which all processes see; the ledger keeps them without it. */
  RESULTS_DIR: z.string().min(1).optional(),
  /** A bucket of an S3-compatible server for them instead. */
  S3_BUCKET: z.string().min(3).optional(),
  /** Where that server is, for our processes; Amazon's of the region when it is not set. */
  S3_ENDPOINT: endpoint().optional(),
  /** Where clients reach it, for download URLs, when that is another address. */
  S3_PUBLIC_ENDPOINT: endpoint().optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  /** Without these two, the AWS SDK finds credentials as it always does: its variables, files, or the machine's role. */
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
})

/** Where results lie by these settings; undefined for in the ledger. */
export function resultPlaceOf(settings: z.infer<typeof resultSettings>): ResultPlace | undefined {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings
  if (bucket === undefined) {
    return settings.RESULTS_DIR === undefined ? undefined : { kind: 'folder', folder: settings.RESULTS_DIR }
  }
  return {
    kind: 's3',
    bucket,
    endpoint: settings.S3_ENDPOINT,
    publicEndpoint: settings.S3_PUBLIC_ENDPOINT,
    region: settings.S3_REGION,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey },
  }
}
