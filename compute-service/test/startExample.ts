import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Running } from '@tributary/runtime'

/** The example functions that can run here; those left out are named. */
export const examplesHere = [
  { name: 'countWordsInNode', command: process.execPath, file: 'countWords.mjs' },
  ...(runs('python3', '--version')
    ? [{ name: 'countWordsInPython', command: 'python3', file: 'count_words.py' }]
    : leaveOut('in Python. It needs python3')),
  ...(runs('go', 'version')
    ? [{ name: 'countWordsInGo', command: 'go', file: 'countWords.go' }]
    : leaveOut('in Go. It needs go')),
]

/** Starts an example in a process of its own, on a free port. */
export async function startExample({
  command,
  file,
  secret,
}: {
  command: string
  file: string
  secret: string
}): Promise<Running & { url: string }> {
  const path = fileURLToPath(new URL(`../examples/${file}`, import.meta.url))
  const [program, args] = command === 'go' ? [await buildGo(path), []] : [command, [path]]
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FUNCTION_SECRET: secret, PORT: '0' },
  })
  for await (const line of createInterface(child.stdout)) {
    const port = /^listening on (\d+)$/.exec(line)?.[1]
    if (port) return { url: `http://127.0.0.1:${port}/`, stop: async () => void child.kill('SIGKILL') }
  }
  throw new Error(`Expected ${file} to listen`)
}

/** Makes a program of it: `go run` would be its parent, and leave it behind when it is killed. */
async function buildGo(path: string): Promise<string> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/tributary/go', import.meta.url))
  const program = `${folder}/example`
  const build = spawn('go', ['build', '-o', program, path], {
    stdio: 'inherit',
    env: { ...process.env, GOCACHE: `${folder}/cache`, GOFLAGS: '' },
  })
  const [code] = await once(build, 'exit')
  if (code !== 0) throw new Error(`Expected ${path} to compile`)
  return program
}

function runs(command: string, argument: string): boolean {
  return spawnSync(command, [argument]).status === 0
}

function leaveOut(what: string): [] {
  process.stderr.write(`\nLEFT OUT: the example function ${what}.\n\n`)
  return []
}
