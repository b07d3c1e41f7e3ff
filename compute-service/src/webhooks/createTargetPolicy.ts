import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { codedError } from '@tributary/schema'
import ipaddr from 'ipaddr.js'

/** Decides where webhooks may go: users name those URLs, and must not reach through us what they cannot reach themselves. */
export type TargetPolicy = {
  /** Reads a URL that somebody gave. Throws `URL_NOT_ALLOWED`, also where its host has no address that may be connected to at the moment. */
  check(url: string): Promise<URL>
  /** The part of {@link check} that asks nobody: a host that is an address is never looked up. */
  checkText(url: string): URL
  /**
   * Resolves a host for `node:net`, which connects to what this gives and nothing else, so that the address that was checked is the one that
   * is connected to. Fails with `URL_NOT_ALLOWED` when any address is not allowed.
   */
  lookup: LookupFunction
}

export type TargetPolicyOptions = {
  /** Hosts, addresses and ranges that may be connected to although they are not public, on any port, over http too. */
  allow?: readonly string[]
  /** Whether public servers may be spoken to over http. */
  allowHttp?: boolean
  /** Resolves host names; the system does by default. */
  resolve?: (host: string) => Promise<Address[]>
}

type Address = { address: string; family: number }

const maxUrlLength = 2_000

/** How long looking up a host may take when a URL is given, in milliseconds. */
const lookupTimeoutMs = 3_000

/** A {@link TargetPolicy}. By default https on port 443, on hosts all of whose addresses are public. */
export function createTargetPolicy(options: TargetPolicyOptions = {}): TargetPolicy {
  const { allowHttp = false, resolve = resolveHost } = options
  const allow = (options.allow ?? []).map(readTarget)
  return {
    checkText,
    async check(text) {
      const url = checkText(text)
      const host = hostOf(url)
      if (!ipaddr.isValid(host)) await within(lookupTimeoutMs, addressesOf(host)).catch(() => refuse(noAddress))
      return url
    },
    lookup(host, { all, family }, callback) {
      addressesOf(host).then(
        (found) => {
          const fitting = found.filter((one) => !(family === 4 || family === 6) || one.family === family)
          const [first] = fitting
          if (!first) callback(new Error(`There is no address of ${host}`), '', 0)
          else if (all) callback(null, fitting)
          else callback(null, first.address, first.family)
        },
        (error: Error) => callback(error, '', 0),
      )
    },
  }

  function checkText(text: string): URL {
    if (text.length > maxUrlLength || !URL.canParse(text)) return refuse('is no URL')
    const url = new URL(text)
    const host = hostOf(url)
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('is not https')
    if (url.username !== '' || url.password !== '') return refuse('has a user or password')
    if (isListed(host)) return url
    if (url.protocol !== 'https:' && !allowHttp) return refuse('is not https')
    // What is a scheme's own port is '' here.
    if (url.port !== '' && url.port !== '443' && url.port !== '80') return refuse('has another port than 443 or 80')
    if (ipaddr.isValid(host) && !isPublic(host)) return refuse(noAddress)
    return url
  }

  async function addressesOf(host: string): Promise<Address[]> {
    const found = await resolve(host)
    if (found.length === 0) throw new Error(`There is no address of ${host}`)
    const isFine = isListed(host) || found.every(({ address }) => isListed(address) || isPublic(address))
    return isFine ? found : refuse(noAddress)
  }

  function isListed(host: string): boolean {
    return allow.some((target) => {
      if (target.kind === 'host') return target.host === host
      if (!ipaddr.isValid(host)) return false
      const address = ipaddr.parse(host)
      return address.kind() === target.range[0].kind() && address.match(target.range)
    })
  }
}

/** Why a policy refused what failed with this error, which may be the cause of another; undefined when it failed for another reason. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { extensions } = error as { extensions?: { code?: unknown } }
  return extensions?.code === 'URL_NOT_ALLOWED' ? error.message : refusalOf(error.cause)
}

/** Whether it is a host, an address or a range of addresses. */
export function isTarget(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
}

type Target = { kind: 'host'; host: string } | { kind: 'range'; range: ReturnType<typeof ipaddr.parseCIDR> }

function readTarget(text: string): Target {
  if (ipaddr.isValidCIDR(text)) return { kind: 'range', range: ipaddr.parseCIDR(text) }
  if (ipaddr.isValid(text))
    return { kind: 'range', range: ipaddr.parseCIDR(`${text}/${text.includes(':') ? 128 : 32}`) }
  return { kind: 'host', host: text.toLowerCase() }
}

/**
 * Of all the ranges that IANA has set apart (loopback, private, link-local, shared, mapped, translated and so on) none is `unicast`; of IPv6
 * only 2000::/3 has been given out at all.
 */
function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(globalUnicast))
}

const globalUnicast = ipaddr.parseCIDR('2000::/3')

/** The URL parser has made `0x7f.1` and `2130706433` into `127.0.0.1` by now. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

const noAddress = 'has a host without a public address'

function refuse(reason: string): never {
  throw codedError('URL_NOT_ALLOWED', `\`webhookUrl\` ${reason}`)
}

function resolveHost(host: string): Promise<Address[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
}

async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
