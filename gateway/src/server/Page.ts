import type { IncomingMessage, ServerResponse } from 'node:http'

/** Something for browsers. */
export type Page = { send(request: IncomingMessage, response: ServerResponse): Promise<void> }
