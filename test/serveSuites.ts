import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@tributary/runtime/database'
import { bundleTestPrograms } from './bundleTestPrograms.ts'

// Bundles the programs that suites start, and serves a PostgreSQL server in a temporary folder until standard input ends, which it also does when jest is killed.
const dataDir = await mkdtemp(join(tmpdir(), 'tributary-test-'))
// PostgreSQL may have to run as another user, who must reach its folder.
await chmod(dataDir, 0o711)
const ended = once(process.stdin.resume(), 'end')
// Ctrl-C reaches the whole group: jest's teardown says when.
process.on('SIGINT', () => undefined)
const [server] = await Promise.all([startEmbeddedPostgres({ dataDir, report: () => undefined }), bundleTestPrograms()])
console.log(await server.openUrl('suites'))
await ended
await server.stop()
await rm(dataDir, { recursive: true, force: true })
process.exit(0)
