import { FlatTree } from './FlatTree.ts'

/** {@link FlatTree}s to be used again and again. */
export type FlatTrees = {
  take(): FlatTree
  /** Gives a tree back. Nobody may look at it any more. */
  giveBack(tree: FlatTree): void
}

/** How much memory may lie idle, in bytes, and the largest tree that is kept. */
const maxIdleBytes = 64 * 1024 * 1024
const maxTreeBytes = 4 * 1024 * 1024

/** {@link FlatTrees} without any yet. */
export function createFlatTrees(): FlatTrees {
  const idle: FlatTree[] = []
  let idleBytes = 0
  return {
    take() {
      const tree = idle.pop()
      if (!tree) return new FlatTree()
      idleBytes -= tree.size
      return tree
    },
    giveBack(tree) {
      const { size } = tree
      if (size > maxTreeBytes || idleBytes + size > maxIdleBytes) return
      tree.clear()
      idleBytes += size
      idle.push(tree)
    },
  }
}
