import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Running } from '@tributary/runtime'
import { attachment } from './attachment.ts'
import { mediaTypeOf } from './mediaTypeOf.ts'
import type { ResultStore } from './ResultStore.ts'
import { attemptPath, resultPath } from './resultPath.ts'

/** A bucket, and how to reach it. */
export type S3Place = {
  bucket: string
  region: string
  /** The server's address; Amazon's of the region without it. */
  endpoint: string | undefined
  /** Its address for clients, when that is another one. */
  publicEndpoint: string | undefined
  /** As the AWS SDK finds them without it. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined
}

/** How often a request is tried that the server, or the way to it, fails; the waits in between add up to some 2 s. */
const maxAttempts = 6

const connectionTimeoutMs = 2_000

/** The longest that a server may say nothing, in milliseconds. */
const silenceMs = 20_000

/** A {@link ResultStore} in a bucket of Amazon S3 or of a server that speaks its protocol. */
export function s3Results(place: S3Place): ResultStore & Running {
  const { bucket: Bucket } = place
  const stopping = new AbortController()
  const options = { abortSignal: stopping.signal }
  const client = openClient(place, place.endpoint)
  const publicClient = place.publicEndpoint === undefined ? client : openClient(place, place.publicEndpoint)

  return {
    async put(key, content) {
      const Key = objectKey(resultPath(key))
      const bytes = Buffer.from(content)
      const digest = createHash('sha256').update(bytes).digest()
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: bytes,
          ContentLength: bytes.length,
          ContentType: mediaTypeOf(key.file),
          ContentDisposition: attachment(key),
          ChecksumSHA256: digest.toString('base64'),
        }),
        options,
      )
      await check(Key, { bytes: bytes.length, digest })
      return { bytes: bytes.length, sha256: digest.toString('hex') }
    },
    async open(key) {
      const Key = objectKey(resultPath(key))
      const found = await client.send(new GetObjectCommand({ Bucket, Key }), options).catch((error: unknown) => {
        if (isMissing(error)) return undefined
        throw error
      })
      if (!found) return undefined
      if (!(found.Body instanceof Readable)) throw new Error('Expected the body of an object to be a stream')
      return { bytes: found.ContentLength ?? 0, stream: found.Body }
    },
    async remove(which) {
      const Prefix = `${objectKey(attemptPath(which))}/`
      for (let ContinuationToken: string | undefined, isMore = true; isMore; ) {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }), options)
        for (const { Key } of page.Contents ?? []) await client.send(new DeleteObjectCommand({ Bucket, Key }), options)
        ContinuationToken = page.NextContinuationToken
        isMore = ContinuationToken !== undefined
      }
    },
    async downloadUrl(key, expiresAt) {
      const object = new GetObjectCommand({
        Bucket,
        Key: objectKey(resultPath(key)),
        ResponseContentType: mediaTypeOf(key.file),
        // Pictures too: a bucket sends no policy along that would make showing them safe.
        ResponseContentDisposition: attachment(key),
      })
      // A URL is good for whole seconds from when it is said to be signed: not for less than one.
      const signingDate = new Date(Math.min(Date.now(), expiresAt.getTime() - 1_000))
      const expiresIn = Math.floor((expiresAt.getTime() - signingDate.getTime()) / 1_000)
      return getSignedUrl(publicClient, object, { signingDate, expiresIn })
    },
    async stop() {
      stopping.abort()
      client.destroy()
      publicClient.destroy()
    },
  }

  /** Servers that keep checksums tell it; what others hold is read. What is not whole is removed. */
  async function check(Key: string, expected: { bytes: number; digest: Buffer }): Promise<void> {
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }), options)
    const isWhole = head.ContentLength === expected.bytes && expected.digest.equals(await digestOf(Key, head))
    if (isWhole) return
    await client.send(new DeleteObjectCommand({ Bucket, Key }), options)
    throw new Error(`Expected ${expected.bytes} bytes to be stored, found ${head.ContentLength} or others`)
  }

  async function digestOf(Key: string, head: { ChecksumSHA256?: string | undefined }): Promise<Buffer> {
    if (head.ChecksumSHA256 !== undefined) return Buffer.from(head.ChecksumSHA256, 'base64')
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }), options)
    const hash = createHash('sha256')
    if (Body instanceof Readable) for await (const chunk of Body) hash.update(chunk)
    return hash.digest()
  }
}

function openClient({ region, credentials }: S3Place, endpoint: string | undefined): S3Client {
  return new S3Client({
    region,
    maxAttempts,
    // What signs and checks is the SHA-256 above; servers that are not Amazon's do not know the SDK's own checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectionTimeoutMs, requestTimeout: silenceMs, throwOnRequestTimeout: true },
    ...(credentials && { credentials }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  })
}

/** A folder of our own in the bucket. */
const objectKey = (path: string) => `jobs/${path}`

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404
}
