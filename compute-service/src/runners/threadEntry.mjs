// Where a worker thread begins. Node 20 reads no TypeScript by itself: tsx has to be registered in each thread.
import { register } from 'tsx/esm/api'

register()
export const { runTask } = await import('./runTask.ts')
