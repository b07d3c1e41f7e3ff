import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Running } from '@tributary/runtime'

/** The example functions that can run here; those left out are named. */
export const examplesHere = [
  { name: 'countWordsInNode', command: process.execPath, file: 'countWords.mjs' },
  ...(spawnSync('python3', ['--version']).status === 0
    ? [{ name: 'countWordsInPython', command: 'python3', file: 'count_words.py' }]
    : leavePythonOut()),
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
  const path = new URL(`../examples/${file}`, import.meta.url).pathname
  const child = spawn(command, [path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FUNCTION_SECRET: secret, PORT: '0' },
  })
  for await (const line of createInterface(child.stdout)) {
    const port = /^listening on (\d+)$/.exec(line)?.[1]
    if (port) return { url: `http://127.0.0.1:${port}/`, stop: async () => void child.kill('SIGKILL') }
  }
  throw new Error(`Expected ${file} to listen`)
}

function leavePythonOut(): [] {
  process.stderr.write('\nLEFT OUT: the example function in Python. It needs python3.\n\n')
  return []
}
