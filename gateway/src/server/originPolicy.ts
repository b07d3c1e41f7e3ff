/** Apollo Studio, whose Explorer may use a gateway that tells its schema. */
const studioOrigin = 'https://studio.apollographql.com'

export type OriginPolicy = {
  /** Whether a page of this origin may read answers: it is on the list, exactly. */
  isListed(origin: string): boolean
  /** The same for whoever asks: also the gateway's own pages, and clients that are no pages and name no origin. */
  allows(origin: string | undefined, host: string | undefined): boolean
}

/** Which pages may use the gateway from a browser. `null`, patterns and parts of names are never allowed. */
export function createOriginPolicy(options: { origins: readonly string[]; allowStudio: boolean }): OriginPolicy {
  const listed = new Set(options.allowStudio ? [...options.origins, studioOrigin] : options.origins)
  return {
    isListed: (origin) => listed.has(origin),
    allows(origin, host) {
      if (origin === undefined || listed.has(origin)) return true
      return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
    },
  }
}
