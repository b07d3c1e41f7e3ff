import { readSuperstore } from '@tributary/runtime/superstore'
import type { PublishModelInput, PublishSegmentsInput, Purchase, Task } from '../runners/TaskIo.ts'

/** What a task did, for tests: what it gave, every progress it reported, every model and segmentation it published and every file it handed over. */
export type TaskRun<Output> = {
  output: Output
  progress: { fraction: number; message: string | undefined }[]
  published: PublishModelInput[]
  segmentations: PublishSegmentsInput[]
  files: ReadonlyMap<string, string>
}

/** Runs a task in this thread on the given purchases. `onProgress` sees each report before the task goes on. */
export async function runTask<Input, Output>(
  task: Task<Input, Output>,
  input: Input,
  options: {
    purchases: Purchase[]
    jobNumber?: number
    servedVersion?: number
    signal?: AbortSignal
    onProgress?: (fraction: number) => void
  },
): Promise<TaskRun<Output>> {
  const progress: TaskRun<Output>['progress'] = []
  const published: PublishModelInput[] = []
  const segmentations: PublishSegmentsInput[] = []
  const files = new Map<string, string>()
  const output = await task(input, {
    signal: options.signal ?? new AbortController().signal,
    progress(fraction, message) {
      progress.push({ fraction, message })
      options.onProgress?.(fraction)
    },
    keepFile: (name, content) => void files.set(name, content),
    readPurchases: async () => options.purchases,
    async publishModel(model) {
      published.push(model)
      return options.servedVersion ?? model.version
    },
    async publishSegments(segmentation) {
      segmentations.push(segmentation)
      return options.servedVersion ?? segmentation.version
    },
    jobNumber: options.jobNumber ?? 1,
    jobId: '00000000-0000-4000-8000-000000000000',
    attempt: 1,
  })
  return { output, progress, published, segmentations, files }
}

/** The purchases of the data set that first start imports. */
export async function superstorePurchases(): Promise<Purchase[]> {
  const { lines, orders, products } = await readSuperstore()
  const orderOf = new Map(orders.map((order) => [order.id, order]))
  const categoryOf = new Map(products.map((product) => [product.id, product.category]))
  return lines.map(({ line, orderId, productId, quantity, sales }) => {
    const order = orderOf.get(orderId)
    const category = categoryOf.get(productId)
    if (!order || category === undefined) throw new Error(`Line ${line} refers to nothing`)
    return { line, userId: order.userId, productId, category, orderDate: order.orderDate, quantity, sales }
  })
}
