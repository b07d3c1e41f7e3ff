import { flagSetting } from '@tributary/runtime'
import { z } from 'zod'
import { isTarget, type TargetPolicyOptions } from './createTargetPolicy.ts'

/** Where webhooks may go besides public servers over https: alike in the compute subgraph and the workers. */
export const webhookSettings = z.object({
  /** Hosts and address ranges that are not public, separated by commas: `hooks.internal,10.20.0.0/16`. Any port, http too. */
  WEBHOOK_ALLOW: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .refine(
      (entries) => entries.every(isTarget),
      'Expected hosts, addresses or ranges as 10.20.0.0/16, separated by commas',
    ),
  /** Whether webhooks may go to public servers over http. */
  WEBHOOK_ALLOW_HTTP: flagSetting(false),
})

/** What the settings say. */
export function webhookTargetsOf(settings: z.infer<typeof webhookSettings>): TargetPolicyOptions {
  return { allow: settings.WEBHOOK_ALLOW, allowHttp: settings.WEBHOOK_ALLOW_HTTP }
}
