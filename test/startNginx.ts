import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '@tributary/runtime'
import { freePort } from './freePort.ts'

/** Starts nginx with the configuration that `docker-compose.yml` has, before gateways that run here. Rejects with what nginx says. */
export async function startNginx(gateways: readonly string[]): Promise<Running & { url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-nginx-'))
  const port = await freePort()
  let config = (await readFile(new URL('../nginx.conf', import.meta.url), 'utf8')).replace(
    'listen 80;',
    `listen 127.0.0.1:${port};`,
  )
  for (const [i, url] of gateways.entries()) config = config.replace(`gateway-${i + 1}:4000`, new URL(url).host)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`)
  const lines = [
    'daemon off; worker_processes 1; error_log stderr notice;',
    `pid ${folder}/nginx.pid; events {}`,
    `http { access_log off; ${temporary.join(' ')}`,
    config,
    '}',
  ]
  await writeFile(join(folder, 'nginx.conf'), lines.join('\n'))
  const server = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
  const ended = once(server, 'close')
  let said = ''
  for await (const chunk of server.stderr) {
    said += chunk
    if (said.includes('start worker process ')) break
  }
  server.stderr.resume()
  if (!said.includes('start worker process ')) throw new Error(`nginx does not start: ${said}`)
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
