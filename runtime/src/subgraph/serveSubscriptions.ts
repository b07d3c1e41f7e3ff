import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { GraphQLError, type GraphQLSchema } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { type Identity, identityHeader, verifyIdentity } from '../identity/index.ts'
import type { Running } from '../process/Running.ts'
import { maskErrors } from './maskErrors.ts'
import type { SubgraphOptions } from './startSubgraph.ts'

/**
 * Serves subscriptions over graphql-transport-ws on `/graphql` of a subgraph's HTTP server. Who asks comes signed in
 * `connection_init`'s payload, under the same name as the header, with an empty body; without it the socket closes with 4403.
 */
export function serveSubscriptions<Context extends object>({
  schema,
  server,
  options,
}: {
  schema: GraphQLSchema
  server: Server
  options: SubgraphOptions<Context>
}): Running {
  const { log, secret } = options
  const format = maskErrors(log)
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024 })
  const protocol = useServer<Record<string, unknown>, { identity?: Identity }>(
    {
      schema,
      connectionInitWaitTimeout: 3_000,
      onConnect: (connection) => {
        if (secret === undefined) return true
        const signed = connection.connectionParams?.[identityHeader]
        const verified = verifyIdentity(typeof signed === 'string' ? signed : undefined, '', secret)
        if (verified.kind === 'refused') {
          connection.extra.socket.close(CloseCode.Forbidden, 'Forbidden')
          return false
        }
        if (verified.identity) connection.extra.identity = verified.identity
        return true
      },
      context: (connection) => options.createContext({ identity: connection.extra.identity, log }),
      onError: (_connection, _id, _payload, errors) => errors.map((error) => format(error.toJSON(), error)),
      onNext: (_connection, _id, _payload, _args, result) => {
        if (!result.errors) return result
        // The protocol writes errors by their toJSON: what the formatter gives is what goes out.
        const errors = result.errors.map((error) => {
          const formatted = format(error.toJSON(), error)
          return new GraphQLError(formatted.message, { path: formatted.path, extensions: formatted.extensions })
        })
        return { ...result, errors }
      },
    },
    sockets,
  )
  const upgrade = (request: { url?: string }, socket: Socket, head: Buffer) => {
    if (request.url?.split('?')[0] !== '/graphql') return socket.destroy()
    // node:http gives an IncomingMessage here; the listener's type is wider.
    sockets.handleUpgrade(request as Parameters<typeof sockets.handleUpgrade>[0], socket, head, (ws) =>
      sockets.emit('connection', ws, request),
    )
    return undefined
  }
  server.on('upgrade', upgrade)
  return {
    async stop() {
      server.off('upgrade', upgrade)
      await protocol.dispose()
      for (const ws of sockets.clients) ws.terminate()
    },
  }
}
