export { readUsersSettings } from './config.ts'
export { startUsers, type UsersOptions } from './startUsers.ts'
