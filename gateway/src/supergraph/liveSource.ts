import { composeServices } from '@apollo/composition'
import { identityHeader, signIdentity } from '@tributary/runtime/identity'
import { type DocumentNode, parse } from 'graphql'
import { request } from 'undici'
import { readText } from '../transport/readText.ts'
import { SupergraphError, type SupergraphSource } from './SupergraphSource.ts'

export type LiveSourceOptions = {
  /** The subgraphs' URLs, by name. */
  subgraphs: ReadonlyMap<string, string>
  /** What requests to them are signed with; unsigned without it. */
  secret?: string | undefined
}

/** How long a subgraph may take to tell its schema, and how much it may say. */
const timeoutMs = 5_000
const maxBytes = 16 * 1024 * 1024

const body = '{"query":"query SubgraphSdl { _service { sdl } }"}'

/** Composes running subgraphs, Federation 1 or 2, of what their `_service { sdl }` says; again when one of them says something else. */
export function liveSource({ subgraphs, secret }: LiveSourceOptions): SupergraphSource {
  let last: { sdls: readonly string[]; error?: unknown } | undefined
  return {
    name: `the subgraphs ${[...subgraphs.keys()].join(', ')}`,
    async load() {
      const asked = [...subgraphs].map(([name, url]) => fetchSdl(name, url, secret))
      const told = await Promise.allSettled(asked)
      const problems = told.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []))
      if (problems.length > 0) throw new SupergraphError(problems.join('\n'))
      const sdls = told.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      if (last && sdls.every((sdl, index) => sdl === last?.sdls[index])) {
        if (last.error === undefined) return undefined
        throw last.error
      }
      last = { sdls }
      try {
        return compose([...subgraphs].map(([name, url], index) => ({ name, url, sdl: sdls[index] ?? '' })))
      } catch (error) {
        // Composing costs: what did not compose is not tried again until it changes.
        last = { sdls, error }
        throw error
      }
    },
  }
}

function compose(subgraphs: readonly { name: string; url: string; sdl: string }[]): string {
  const result = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parseSdl(name, sdl) })))
  if (!result.errors) return result.supergraphSdl
  const reasons = result.errors.map((error) => `- ${error.message}`)
  throw new SupergraphError(`The subgraphs do not compose:\n${reasons.join('\n')}`)
}

function parseSdl(name: string, sdl: string): DocumentNode {
  try {
    return parse(sdl)
  } catch (cause) {
    throw new SupergraphError(`Subgraph "${name}" tells a schema that is no SDL: ${messageOf(cause)}`, { cause })
  }
}

async function fetchSdl(name: string, url: string, secret: string | undefined): Promise<string> {
  const response = await request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(secret !== undefined && { [identityHeader]: signIdentity(undefined, body, secret) }),
    },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause) => fail(`Subgraph "${name}" does not answer at ${url}: start it, or correct its URL.`, cause))
  const text = await readText(response.body, maxBytes).catch((cause) =>
    fail(`Subgraph "${name}" at ${url} broke off its answer.`, cause),
  )
  if (response.statusCode === 401 || response.statusCode === 403) {
    return fail(
      `Subgraph "${name}" at ${url} refuses the gateway (${response.statusCode}): give both the same SUBGRAPH_SECRET.`,
    )
  }
  const sdl = readSdl(text)
  if (sdl !== undefined) return sdl
  return fail(
    `Subgraph "${name}" at ${url} does not tell its schema (status ${response.statusCode}): expected it to answer { _service { sdl } }.`,
  )
}

/** What a malformed answer says is nobody's schema: undefined. */
function readSdl(text: string | undefined): string | undefined {
  try {
    const sdl: unknown = JSON.parse(text ?? '')?.data?._service?.sdl
    return typeof sdl === 'string' ? sdl : undefined
  } catch {
    return undefined
  }
}

function fail(message: string, cause?: unknown): never {
  throw new SupergraphError(message, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
