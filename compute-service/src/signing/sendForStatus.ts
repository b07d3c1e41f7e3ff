import { got, type StreamOptions } from 'got'

/**
 * Sends a request once and gives the status of its answer, of which nothing more is read. Follows no redirect. Rejects when no answer
 * comes.
 */
export function sendForStatus(url: URL, options: StreamOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = got.stream(url, { ...options, followRedirect: false, throwHttpErrors: false, retry: { limit: 0 } })
    // Without a body it would wait for one to be written.
    if (options.body === undefined) stream.end()
    stream.on('error', reject)
    stream.once('response', ({ statusCode }: { statusCode: number }) => {
      resolve(statusCode)
      stream.destroy()
    })
  })
}
