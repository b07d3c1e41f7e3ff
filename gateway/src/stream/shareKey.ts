import { ofOneRequest, type RequestContext } from '../executor/RequestContext.ts'
import type { Subscription } from './followUpstream.ts'

/** Longer keys are not looked for, in characters: that would cost more than it saves. */
const maxLength = 4_096

/**
 * What two subscriptions of one operation must have in common to share a stream: variables (not counting the cursor), who asks with which scopes,
 * and what is passed on of the client's headers. Undefined for one that is not to be shared.
 */
export function shareKey({ primary }: Subscription, { identity, headers }: RequestContext): string | undefined {
  const passedOn: string[] = []
  for (const name in headers) if (!ofOneRequest.has(name)) passedOn.push(name, headers[name] ?? '')
  const key = JSON.stringify([primary.asked, identity?.userId, identity?.scopes, passedOn])
  return key.length > maxLength ? undefined : key
}
