/** What the gateways' processes inherit: where programs and the user's folder are, and nothing that could change how they run. */
export function readBaseEnvironment(env: Record<string, string | undefined> = process.env): Record<string, string> {
  return { PATH: env.PATH ?? '', HOME: env.HOME ?? '', NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1' }
}
