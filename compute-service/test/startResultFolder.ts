import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStopStack, listen, type Running } from '@tributary/runtime'
import { type ResultPlace, serveResult } from '../src/index.ts'
import { type Downloads, folderResults } from '../src/results/folderResults.ts'

/** A folder for results, and a server that lets them be downloaded. */
export type ResultFolder = Running & { place: Extract<ResultPlace, { kind: 'folder' }>; downloads: Downloads }

/** Makes it in the system's temporary folder. */
export async function startResultFolder(): Promise<ResultFolder> {
  const stack = createStopStack()
  const folder = await mkdtemp(join(tmpdir(), 'tributary-results-'))
  stack.add({ stop: () => rm(folder, { recursive: true, force: true }) })
  const secret = 'a secret of the tests'
  const results = folderResults({ folder })
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice('/results'.length)
    void serveResult({ path, request, response, results, secret })
  })
  const port = await listen(server, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  stack.add({ stop: () => new Promise((resolve) => server.close(() => resolve())) })
  const downloads = { baseUrl: () => `http://127.0.0.1:${port}/results`, secret }
  return { place: { kind: 'folder', folder }, downloads, stop: stack.stop }
}
