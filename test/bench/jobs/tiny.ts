import type { Task } from '@tributary/compute-service'

/** The task of {@link import('./tinyKind.ts').tinyKind}. */
export const tiny: Task<{ n: number }, { n: number }> = async ({ n }) => ({ n: n + 1 })
