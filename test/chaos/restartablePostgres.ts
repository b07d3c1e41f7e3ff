import { chmod, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '@tributary/runtime'
import { type DatabaseServer, startEmbeddedPostgres } from '@tributary/runtime/database'

/** A PostgreSQL server of its own that can be restarted under the same URL. */
export type RestartablePostgres = Running & { databaseUrl: string; restart(): Promise<void> }

/** Starts one in a temporary folder. Each start has a socket folder of its own, which `databaseUrl` reaches through a link. */
export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-chaos-'))
  // PostgreSQL may have to run as another user, who must reach its folder.
  await chmod(folder, 0o711)
  const link = join(folder, 'socket')
  let server = await start()
  const databaseUrl = withSocket(await server.openUrl('chaos'), link)
  return {
    databaseUrl,
    async restart() {
      await server.stop()
      server = await start()
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }

  async function start(): Promise<DatabaseServer> {
    const started = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), report: () => undefined })
    const socket = new URL(await started.openUrl('chaos')).searchParams.get('host') ?? ''
    await symlink(socket, `${link}.new`)
    await rename(`${link}.new`, link)
    return started
  }
}

function withSocket(url: string, socket: string): string {
  const changed = new URL(url)
  changed.searchParams.set('host', socket)
  return changed.href
}
