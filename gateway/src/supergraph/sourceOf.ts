import type { GatewaySettings } from '../config.ts'
import { fileSource } from './fileSource.ts'
import { liveSource } from './liveSource.ts'
import type { SupergraphSource } from './SupergraphSource.ts'
import { urlSource } from './urlSource.ts'

/** The source that the settings name: live subgraphs, else a URL, else a file. */
export function sourceOf(options: {
  settings: Pick<GatewaySettings, 'SUPERGRAPH' | 'SUBGRAPHS'>
  subgraphs: ReadonlyMap<string, string> | undefined
  secret: string | undefined
}): SupergraphSource {
  const { SUPERGRAPH, SUBGRAPHS } = options.settings
  const subgraphs = options.subgraphs ?? SUBGRAPHS
  if (subgraphs) return liveSource({ subgraphs, secret: options.secret })
  return /^https?:\/\//.test(SUPERGRAPH) ? urlSource(SUPERGRAPH) : fileSource(SUPERGRAPH)
}
