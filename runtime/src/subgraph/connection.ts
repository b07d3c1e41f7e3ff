import { codedError } from '@tributary/schema'

/** Where a page begins and how long it is, read from a Relay connection's arguments. */
export type PageRequest = {
  first: number
  /** The sort key of the row before the page, or undefined for the first page. */
  after: readonly (string | number)[] | undefined
}

/**
 * Reads `first` (1 to `maxFirst`) and `after`. A cursor holds the sort key of its row, so it stays good when rows come and go.
 * Throws `BAD_USER_INPUT`. `keyTypes` are the types that the sort key must have.
 */
export function readPageArguments(
  args: { first: number; after?: string | null },
  options: { keyTypes: readonly ('string' | 'number')[]; maxFirst?: number },
): PageRequest {
  const maxFirst = options.maxFirst ?? 100
  if (args.first < 1 || args.first > maxFirst) {
    throw codedError('BAD_USER_INPUT', `Expected \`first\` to be from 1 to ${maxFirst}, got ${args.first}`)
  }
  if (args.after === undefined || args.after === null) return { first: args.first, after: undefined }
  return { first: args.first, after: readCursor(args.after, options.keyTypes) }
}

/** One page as a Relay connection (GraphQL Cursor Connections Specification). */
export type Connection<Node> = {
  edges: { cursor: string; node: Node }[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
  totalCount: number
}

/** Makes a connection of the rows behind the cursor, of which the store was asked for `first + 1`. */
export function toConnection<Row>(options: {
  rows: readonly Row[]
  page: PageRequest
  totalCount: number
  sortKey: (row: Row) => readonly (string | number)[]
}): Connection<Row> {
  const { page } = options
  const edges = options.rows.slice(0, page.first).map((node) => ({ cursor: writeCursor(options.sortKey(node)), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: options.rows.length > page.first,
      hasPreviousPage: page.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: options.totalCount,
  }
}

function writeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function readCursor(cursor: string, keyTypes: readonly string[]): (string | number)[] {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    key = undefined
  }
  if (!Array.isArray(key) || key.length !== keyTypes.length || key.some((part, i) => typeof part !== keyTypes[i])) {
    throw codedError('BAD_USER_INPUT', 'Expected `after` to be a cursor of this list')
  }
  return key
}
