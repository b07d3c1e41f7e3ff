export { type GatewaySettings, readGatewaySettings } from './config.ts'
export type { ExplorerTab } from './server/explorerPage.ts'
export { type GatewayOptions, type RunningGateway, startGateway } from './startGateway.ts'
