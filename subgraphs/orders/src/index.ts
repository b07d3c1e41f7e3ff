export { readOrdersSettings } from './config.ts'
export { type OrdersOptions, startOrders } from './startOrders.ts'
