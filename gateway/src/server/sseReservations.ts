import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HTTPGraphQLRequest } from '@apollo/server'
import type { Running } from '@tributary/runtime'
import type { Identity } from '@tributary/runtime/identity'
import { isFields } from '../executor/ownField.ts'
import type { HttpStreamLimits } from './httpStream.ts'
import type { Room } from './Room.ts'
import { readPayload } from './readPayload.ts'
import type { Refusal } from './sendError.ts'
import { openSseReservation, type SseReservation } from './sseReservation.ts'

/** GraphQL over SSE, single connection mode: requests about event streams that were reserved. */
export type SseReservations = Running & {
  /** A PUT reserves, a GET with the token opens, a DELETE leaves an operation. `other` is for whoever reads bodies. */
  manage(entry: ReservationEntry): Managed
  /** A POST with the token begins an operation. */
  begin(entry: ReservationEntry & { read: HTTPGraphQLRequest }): Managed
  count(): number
}

export type ReservationEntry = { request: IncomingMessage; response: ServerResponse; identity: Identity | undefined }

export type Managed = { kind: 'answered' } | { kind: 'refused'; refusal: Refusal } | { kind: 'other' }

/** How many streams may be reserved at a time, opened or not, beyond what bounds subscriptions. */
const maxReservations = 20_000

/** The longest id that a client may give an operation, in characters. */
const maxIdLength = 128

const answered: Managed = { kind: 'answered' }
const other: Managed = { kind: 'other' }

/** The {@link SseReservations} of a room. A token is as good as who reserved it; a request in another's name finds nothing. */
export function createSseReservations(room: Room, limits: HttpStreamLimits): SseReservations {
  const reservations = new Map<string, SseReservation>()
  let allGone: (() => void) | undefined
  return { manage, begin, count: () => reservations.size, stop }

  function manage(entry: ReservationEntry): Managed {
    const { request, response } = entry
    const isReserving = request.method === 'PUT' && !hasBody(request)
    const token = tokenOf(request)
    if (!isReserving && (token === undefined || request.method === 'POST')) return other
    if (!room.allowsOrigin(request.headers.origin, request.headers.host)) {
      return refuse({ status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not subscribe here' })
    }
    if (isReserving) return reserve(entry)
    const reservation = find(token, entry.identity)
    if (!reservation) return notFound()
    if (request.method === 'GET') {
      if (reservation.connect(response)) return answered
      return refuse({ status: 409, code: 'BAD_REQUEST', message: 'The stream of this reservation is open already' })
    }
    if (request.method !== 'DELETE') return other
    const id = searchOf(request).get('operationId')
    if (id === null) return refuse({ status: 400, code: 'BAD_REQUEST', message: 'Expected an `operationId`' })
    reservation.complete(id)
    response.writeHead(200).end()
    return answered
  }

  function reserve({ response, identity }: ReservationEntry): Managed {
    if (room.limits.hasSiblings) {
      const message =
        'Expected a connection of its own for each stream: none can be reserved where several processes share a port'
      return refuse({ status: 405, code: 'METHOD_NOT_ALLOWED', message, headers: { allow: 'GET, POST' } })
    }
    if (room.isDraining() || reservations.size >= maxReservations) {
      const headers = { 'retry-after': '1' }
      return refuse({
        status: 503,
        code: 'SERVICE_UNAVAILABLE',
        message: 'No stream can be reserved here now',
        headers,
      })
    }
    const token = randomBytes(32).toString('base64url')
    const onEnd = () => {
      reservations.delete(token)
      if (reservations.size === 0) allGone?.()
    }
    reservations.set(token, openSseReservation({ room, identity, limits, onEnd }))
    response.writeHead(201, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(token)
    return answered
  }

  function begin({ request, response, identity, read }: ReservationEntry & { read: HTTPGraphQLRequest }): Managed {
    const token = tokenOf(request)
    if (token === undefined) return other
    const reservation = find(token, identity)
    if (!reservation) return notFound()
    const payload = readPayload(read)
    const extensions = isFields(read.body) ? read.body.extensions : undefined
    const id = isFields(extensions) ? extensions.operationId : undefined
    if (!payload || typeof id !== 'string' || id === '' || id.length > maxIdLength) {
      const message = `Expected a query and an \`operationId\` of at most ${maxIdLength} characters in its extensions`
      return refuse({ status: 400, code: 'BAD_REQUEST', message })
    }
    const begun = reservation.begin(id, request.headers, payload)
    if (begun.kind === 'begun') response.writeHead(202).end()
    else {
      response.writeHead(begun.status, { 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify({ errors: begun.errors }))
    }
    return answered
  }

  function find(token: string | undefined, identity: Identity | undefined): SseReservation | undefined {
    const reservation = token === undefined ? undefined : reservations.get(token)
    // An EventSource cannot say who it is; who says so must be the one who reserved.
    if (!reservation || (identity && identity.userId !== reservation.identity?.userId)) return undefined
    reservation.refresh(identity)
    return reservation
  }

  async function stop(): Promise<void> {
    if (reservations.size === 0) return
    const gone = new Promise<void>((resolve) => {
      allGone = resolve
    })
    for (const reservation of [...reservations.values()]) reservation.goAway()
    await gone
  }
}

function refuse(refusal: Refusal): Managed {
  return { kind: 'refused', refusal }
}

function notFound(): Managed {
  return refuse({ status: 404, code: 'NOT_FOUND', message: 'There is no such reservation' })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers['x-graphql-event-stream-token']
  if (typeof header === 'string') return header
  return request.url?.includes('token=') ? (searchOf(request).get('token') ?? undefined) : undefined
}

function searchOf({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : url.slice(at))
}
