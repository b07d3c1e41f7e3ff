const mediaTypes = new Map([
  ['json', 'application/json'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['csv', 'text/csv; charset=utf-8'],
  ['txt', 'text/plain; charset=utf-8'],
])

/** The media type that a file of a result has by the ending of its name; of no particular one when it is not known. */
export function mediaTypeOf(file: string): string {
  return mediaTypes.get(file.slice(file.lastIndexOf('.') + 1)) ?? 'application/octet-stream'
}
