// Where a planning thread begins. Node 20 reads no TypeScript by itself: tsx has to be registered in each thread.
import { register } from 'tsx/esm/api'

register()
await import('./planThreadMain.ts')
