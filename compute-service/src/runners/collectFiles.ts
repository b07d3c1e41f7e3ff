import { resultFile } from '../results/ResultStore.ts'
import { isFileName } from '../results/resultPath.ts'
import type { TaskFile } from './ThreadMessage.ts'

const maxFiles = 8
const maxFileBytes = 1024 * 1024

/** Takes the files that a task hands over, see `TaskIo.keepFile`. `keep` throws for a bad name, for one that is too large and for too many. */
export function collectFiles(): { keep(name: string, content: string): void; files(): TaskFile[] } {
  const files = new Map<string, string>()
  return {
    keep(name, content) {
      if (!isFileName(name) || name === resultFile) {
        throw new Error(`Expected a file's name, as chart.svg, got ${JSON.stringify(name)}`)
      }
      const bytes = Buffer.byteLength(content)
      if (bytes > maxFileBytes) throw new Error(`Expected ${name} to be at most ${maxFileBytes} bytes, got ${bytes}`)
      if (!files.has(name) && files.size === maxFiles) throw new Error(`Expected at most ${maxFiles} files`)
      files.set(name, content)
    },
    files: () => [...files].map(([name, content]) => ({ name, content })),
  }
}
