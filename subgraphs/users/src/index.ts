export { readUsersSettings } from './config.ts'
export { startUsers } from './startUsers.ts'
