import { forumGraph } from './forumGraph.ts'
import type { Graph } from './Graph.ts'
import { mediaGraph } from './mediaGraph.ts'
import { shopGraph } from './shopGraph.ts'
import { socialGraph } from './socialGraph.ts'
import { townGraph } from './townGraph.ts'
import { travelGraph } from './travelGraph.ts'
import { yardGraph } from './yardGraph.ts'

/** The graphs of the property tests. */
export const graphs: readonly Graph[] = [
  mediaGraph,
  travelGraph,
  socialGraph,
  shopGraph,
  forumGraph,
  townGraph,
  yardGraph,
]
