import { isMainThread } from 'node:worker_threads'

// Imported before a program of ours: it ends with whoever started it, also where that one is killed.
if (isMainThread) {
  process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
  process.stdin.unref()
}
