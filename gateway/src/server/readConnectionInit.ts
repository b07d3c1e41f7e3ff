/** What a client says in `connection_init`'s payload. */
export type ConnectionInit = {
  /** `Authorization` or `authorization`, on top or in `headers`, as different clients send it. */
  authorization: string | undefined
  /** Every text in the payload and in its `headers`, by lower-case name: a browser cannot set headers on an upgrade. */
  headers: Record<string, string>
}

/** Reads {@link ConnectionInit}; what is no text, or no legal header, is left out. */
export function readConnectionInit(payload: Readonly<Record<string, unknown>> | undefined): ConnectionInit {
  const headers = { ...headersOf(payload?.headers), ...headersOf(payload) }
  return { authorization: headers.authorization, headers }
}

function headersOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const headers: Record<string, string> = {}
  for (const [name, text] of Object.entries(value)) {
    // RFC 9110, sections 5.1 and 5.5: anything else would break out of its header, or of its object.
    if (typeof text !== 'string' || !/^[!#$%&'*+.^`|~\w-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text))
      continue
    if (name !== '__proto__') headers[name.toLowerCase()] = text
  }
  return headers
}
