import type { GraphQLFormattedError } from 'graphql'
import type { ErrorReport } from './ExecutionState.ts'
import { isDeeperThan } from './jsonDepth.ts'
import type { ResponsePath } from './PlanPath.ts'

/** What subgraphs put into extensions that is not for clients: stacks, and Apollo Server's way to set a response's status. */
const hiddenExtensions = new Set(['stacktrace', 'exception', 'http', 'debug'])

/**
 * A subgraph's error as the client will see it: message, code and other extensions pass, `service` names the subgraph. An error
 * without a code gets `DOWNSTREAM_SERVICE_ERROR`. What only federation knows (`_entities`), or only
 * the plan (the names of synthetic fields), is not mentioned.
 */
export function toErrorReport(
  error: GraphQLFormattedError,
  place: { subgraph: string; path: ResponsePath; fields?: readonly string[] },
): ErrorReport {
  const { subgraph, path, fields } = place
  const given = Object.entries(error.extensions ?? {}).filter(
    ([name, value]) => !hiddenExtensions.has(name) && !isDeeperThan(value, 20),
  )
  const code = error.extensions?.code
  return {
    message: /\b(_entities|_Entity|_Any|_service|representations|\w+__required_\d+|\w+__client_*)\b/.test(error.message)
      ? `The subgraph ${subgraph} could not give these fields`
      : error.message,
    extensions: {
      ...Object.fromEntries(given),
      code: typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'DOWNSTREAM_SERVICE_ERROR',
      service: subgraph,
    },
    path,
    ...(fields && { fields }),
  }
}
