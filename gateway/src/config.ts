import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { flagSetting, numberSetting, parseSettings, portSetting, StartupError } from '@tributary/runtime'
import { supergraphPath } from '@tributary/schema'
import { z } from 'zod'
import { defaultOperationLimits } from './operation/OperationLimits.ts'
import type { StreamProtocol } from './transport/createUpstreams.ts'

/** Headers that belong to one connection or one message, or that are the gateway's own to say: they are never passed on. */
const neverForwarded =
  /^(connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*|host|content-.*|accept|accept-encoding|forwarded|x-tributary-.*)$/

const gatewaySettings = z.object({
  /** The port to listen on; 0 takes any free one. */
  PORT: portSetting(4000),
  /** The address to listen on; 0.0.0.0 for all of the machine's. */
  HOST: z.string().default('127.0.0.1'),
  /** How many processes serve, on one port: a number, or `max` for one a core. With 1 the program itself serves. */
  GATEWAY_WORKERS: workersSetting(),
  /** The supergraph SDL: a file's path, watched for changes, or an http(s) URL, polled. Default: this repository's own. */
  SUPERGRAPH: z.string().default(fileURLToPath(supergraphPath)),
  /** Live subgraphs to compose instead, as `name=url,name=url`; polled for changes. */
  SUBGRAPHS: urlsSetting(),
  /** Where subgraphs are, as `name=url,name=url`, where it is not what the supergraph file says. */
  SUBGRAPH_URLS: urlsSetting(),
  /** What requests to subgraphs are signed with, so that they know who asks; unsigned without it. */
  SUBGRAPH_SECRET: z.string().min(16, 'Expected at least 16 characters').optional(),
  /** How long a subgraph may take to answer one request, in milliseconds: for all, or `*=10000,name=28000`. */
  SUBGRAPH_TIMEOUT_MS: timeoutSetting(),
  /** How often the graph's source is looked at for changes, in milliseconds; 0 never. */
  SUPERGRAPH_POLL_MS: numberSetting({ min: 0, max: 3_600_000, fallback: 500 }),
  /** Where the keys are (a JWK set) that client tokens are verified with. Without keys every client is anonymous. */
  JWKS_URL: httpUrlSetting().optional(),
  /** The same, as a file's path. */
  JWKS_FILE: z.string().optional(),
  /** A file of revoked tokens, watched: one a line, `jti:<id>` or `sub:<seconds>:<user>`. */
  REVOCATIONS_FILE: z.string().optional(),
  /** A Redis server whose stream `tributary:revoked` tells of revoked tokens. */
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'Expected a redis:// URL' }).optional(),
  /** What a token's `iss` must be; not looked at without it. */
  JWT_ISSUER: z.string().optional(),
  /** What a token's `aud` must contain; not looked at without it. */
  JWT_AUDIENCE: z.string().optional(),
  /** Client headers that subgraphs get, separated by commas. Without keys, `authorization` may be one. */
  FORWARD_HEADERS: listSetting('header names').refine(
    (names) => names.every((name) => /^[\w-]+$/.test(name) && !neverForwarded.test(name)),
    'Expected names of headers that may be passed on',
  ),
  /** Whether clients may read the schema, and whether there are the explorer pages. Default: on, off when NODE_ENV is production. */
  INTROSPECTION: flagSetting(false).unwrap().optional(),
  /** `production` turns introspection off unless INTROSPECTION says otherwise. */
  NODE_ENV: z.string().optional(),
  /** Origins of pages, beside the gateway's own, that may use it from a browser, separated by commas. */
  CORS_ORIGINS: listSetting('origins').refine(
    (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'Expected origins like https://app.example.com, without a path',
  ),
  /** What is logged: silent, error, warn, info (one line a request) or debug. */
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], 'Expected silent, error, warn, info or debug')
    .default('info'),
  /** The largest request body or WebSocket message of a client, in bytes. */
  MAX_BODY_BYTES: numberSetting({ min: 1_000, max: 100_000_000, fallback: 1024 * 1024 }),
  /** How long a query or a mutation may take as a whole, in milliseconds. */
  OPERATION_TIMEOUT_MS: numberSetting({ min: 10, max: 600_000, fallback: 30_000 }),
  /** How many WebSockets may be open whose clients have not said yet who they are. */
  MAX_PENDING_SOCKETS: numberSetting({ min: 1, max: 1_000_000, fallback: 500 }),
  /** How many subscriptions one connection (a WebSocket, a reserved event stream) may hold. */
  MAX_STREAMS_PER_SOCKET: numberSetting({ min: 1, max: 100_000, fallback: 50 }),
  /** How many subscriptions one user may hold, by whatever protocol and on however many connections. */
  MAX_STREAMS_PER_USER: numberSetting({ min: 1, max: 1_000_000, fallback: 200 }),
  /** How many subscriptions this process may hold. */
  MAX_STREAMS: numberSetting({ min: 1, max: 1_000_000, fallback: 20_000 }),
  /** Connections to each subgraph. */
  SUBGRAPH_CONNECTIONS: numberSetting({ min: 1, max: 20_000, fallback: 1_024 }),
  /** Queries that may be under way on one connection to a subgraph, for those that answer pipelined requests well: `*=8`, or `name=8,name=4`. */
  SUBGRAPH_PIPELINING: pipeliningSetting(),
  /** How each subgraph speaks of subscriptions, `ws`, `sse` or `callback`: `*=sse`, or `name=sse,name=callback`. Default: ws. */
  SUBGRAPH_STREAMS: streamsSetting(),
  /** How often a subgraph that streams is to give a sign of life, in milliseconds; one that was silent for twice as long is lost. */
  SUBGRAPH_PING_MS: numberSetting({ min: 50, max: 600_000, fallback: 10_000 }),
  /** Where subgraphs that call back reach this very process; `/<id>` is added. Default: `/callback` at HOST and PORT. */
  CALLBACK_URL: httpUrlSetting()
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Whether queries that are the same, for the same client, and under way at the same time are sent to a subgraph once. */
  SUBGRAPH_DEDUPE: flagSetting(true),
  /** The same for whole queries over HTTP: all who ask alike get the answer of one run. */
  OPERATION_DEDUPE: flagSetting(false),
  /** Whether operations are planned in a thread of their own where planning takes long. */
  PLANNING_THREAD: flagSetting(true),
  /** Whether subscriptions that are the same, for the same client, share one at the subgraph, where they have a cursor. */
  STREAM_SHARING: flagSetting(true),
  /** How many operations may run at a time over HTTP; the next is refused at once with 503 and `Retry-After`. */
  MAX_CONCURRENT_OPERATIONS: numberSetting({ min: 1, max: 1_000_000, fallback: 15_000 }),
  /** How many tokens (names, brackets, values) an operation's text may have. */
  MAX_OPERATION_TOKENS: numberSetting({ min: 10, max: 1_000_000, fallback: 2_000 }),
  /** How deep an operation's brackets may nest. */
  MAX_OPERATION_DEPTH: numberSetting({ min: 2, max: 1_000, fallback: 200 }),
  /** How deep an operation's fields may nest, its fragments spread out. */
  MAX_FIELD_DEPTH: numberSetting({ min: 1, max: 1_000, fallback: defaultOperationLimits.maxFieldDepth }),
  /** How many fields, inline fragments and spreads an operation may have, its fragments spread out. */
  MAX_SELECTIONS: numberSetting({ min: 1, max: 1_000_000, fallback: defaultOperationLimits.maxSelections }),
  /** How many aliases, counted so. */
  MAX_ALIASES: numberSetting({ min: 0, max: 1_000_000, fallback: defaultOperationLimits.maxAliases }),
  /** How many fields on an operation's first level, counted so. */
  MAX_ROOT_FIELDS: numberSetting({ min: 1, max: 1_000_000, fallback: defaultOperationLimits.maxRootFields }),
  /** How many `@defer`s, counted so. */
  MAX_DEFERS: numberSetting({ min: 0, max: 1_000, fallback: defaultOperationLimits.maxDefers }),
  /** How many directives, counted so. */
  MAX_DIRECTIVES: numberSetting({ min: 0, max: 1_000_000, fallback: defaultOperationLimits.maxDirectives }),
})

/** The gateway's settings, by the names of their variables. */
export type GatewaySettings = Omit<z.infer<typeof gatewaySettings>, 'INTROSPECTION'> & { INTROSPECTION: boolean }

/** Reads the gateway's settings from the environment. Throws a {@link StartupError} for what does not parse or does not go together. */
export function readGatewaySettings(env: Record<string, string | undefined> = process.env): GatewaySettings {
  const settings = parseSettings(gatewaySettings, env)
  if (settings.JWKS_URL !== undefined && settings.JWKS_FILE !== undefined) {
    throw new StartupError('Set JWKS_URL or JWKS_FILE, not both.')
  }
  if (env.SUPERGRAPH && settings.SUBGRAPHS) {
    throw new StartupError('Set SUPERGRAPH or SUBGRAPHS, not both: the graph has one source.')
  }
  if (settings.GATEWAY_WORKERS > 1 && /=callback\b/.test(env.SUBGRAPH_STREAMS ?? '')) {
    throw new StartupError(
      'Set GATEWAY_WORKERS above 1 or SUBGRAPH_STREAMS to callback, not both: a subgraph calls one process back.',
    )
  }
  return { ...settings, INTROSPECTION: settings.INTROSPECTION ?? settings.NODE_ENV !== 'production' }
}

function workersSetting() {
  return z
    .string()
    .regex(/^(max|[1-9]\d{0,2})$/, 'Expected a whole number from 1 to 999, or max')
    .default('1')
    .transform((text) => (text === 'max' ? availableParallelism() : Number(text)))
}

function httpUrlSetting() {
  return z.url({ protocol: /^https?$/, error: 'Expected an http(s) URL' })
}

/** `name=url,name=url` as an object; undefined when nothing is given. */
function urlsSetting() {
  return z
    .string()
    .transform((text) => text.split(',').map((pair) => pair.trim()))
    .refine((pairs) => pairs.every(isPair), 'Expected name=url pairs separated by commas, each with an http(s) URL')
    .transform((pairs) => new Map(pairs.map((pair) => splitPair(pair))))
    .refine((urls) => urls.size > 0, 'Expected at least one name=url pair')
    .optional()
}

/** `name=number` pairs as a function from a subgraph's name; 1 is the default. */
function pipeliningSetting() {
  const expected = 'Expected name=number pairs separated by commas, each number from 1 to 99'
  return bySubgraphSetting(/^[1-9]\d?$/, expected).transform(
    (depthOf) => (subgraph: string) => Number(depthOf(subgraph) ?? 1),
  )
}

/** A number for all, or `name=number` pairs, as a function from a subgraph's name; 10,000 is the default. */
function timeoutSetting() {
  const expected = 'Expected a number from 10 to 999999, or name=number pairs separated by commas'
  return z.preprocess(
    (given) => (typeof given === 'string' && /^\d+$/.test(given) ? `*=${given}` : given),
    bySubgraphSetting(/^[1-9]\d{1,5}$/, expected).transform(
      (timeoutOf) => (subgraph: string) => Number(timeoutOf(subgraph) ?? 10_000),
    ),
  )
}

/** `name=protocol` pairs as a function from a subgraph's name; ws is the default. */
function streamsSetting() {
  const expected = 'Expected name=protocol pairs separated by commas, each protocol ws, sse or callback'
  return bySubgraphSetting(/^(ws|sse|callback)$/, expected).transform(
    // The pattern lets nothing else through.
    (protocolOf) => (subgraph: string) => (protocolOf(subgraph) ?? 'ws') as StreamProtocol,
  )
}

/** `name=value` pairs as a function from a subgraph's name; `*` stands for all others. */
function bySubgraphSetting(value: RegExp, expected: string) {
  return z
    .string()
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',').map((pair) => splitPair(pair.trim()))))
    .refine((pairs) => pairs.every(([name, given]) => /^(\*|[\w-]+)$/.test(name) && value.test(given)), expected)
    .transform((pairs) => {
      const values = new Map(pairs)
      return (subgraph: string) => values.get(subgraph) ?? values.get('*')
    })
}

function isPair(pair: string): boolean {
  const [name, url] = splitPair(pair)
  return /^[A-Za-z_][\w-]*$/.test(name) && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** At the first `=`: a URL may have others. */
function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}

/** Items separated by commas, without empty ones, in lower case: header names and origins both are. */
function listSetting(what: string) {
  return z
    .string(`Expected ${what} separated by commas`)
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim().toLowerCase())
        .filter((item) => item !== ''),
    )
}
