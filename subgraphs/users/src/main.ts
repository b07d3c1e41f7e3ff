import { runSubgraphAlone } from '@tributary/runtime/subgraph'
import { readUsersSettings } from './config.ts'
import { startUsers } from './startUsers.ts'

// `npm run start:users`.
await runSubgraphAlone('users', readUsersSettings, startUsers)
