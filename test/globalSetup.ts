/** Set before anything of Apollo's is loaded: its gateway would report to its vendor otherwise. */
export default function globalSetup(): void {
  process.env.APOLLO_TELEMETRY_DISABLED = '1'
}
