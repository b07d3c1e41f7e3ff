import { readFile, stat } from 'node:fs/promises'
import { SupergraphError, type SupergraphSource } from './SupergraphSource.ts'

/** The supergraph of a file, read again when its time or size has changed. */
export function fileSource(path: string): SupergraphSource {
  let lastVersion: string | undefined
  return {
    name: `the file ${path}`,
    async load() {
      try {
        const { mtimeMs, size, ino } = await stat(path)
        const version = `${mtimeMs} ${size} ${ino}`
        if (version === lastVersion) return undefined
        const sdl = await readFile(path, 'utf8')
        lastVersion = version
        return sdl
      } catch (cause) {
        const message = `The supergraph file ${path} cannot be read: set SUPERGRAPH to the path or URL of one.`
        throw new SupergraphError(message, { cause })
      }
    },
  }
}
