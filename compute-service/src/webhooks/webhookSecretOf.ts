import { createHmac } from 'node:crypto'

/** What an owner's webhooks are signed with, in Standard Webhooks' notation. Derived, so that each has another one and none is kept. */
export function webhookSecretOf(owner: string, secret: string): string {
  // The name keeps it from meaning anything where the same secret signs something else.
  return `whsec_${createHmac('sha256', secret).update(`tributary webhooks\n${owner}`).digest('base64')}`
}
