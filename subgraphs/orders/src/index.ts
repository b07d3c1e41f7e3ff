export { readOrdersSettings } from './config.ts'
export { startOrders } from './startOrders.ts'
