/** Whatever has been started. `stop` may be called twice; it resolves when nothing of it is left. */
export type Running = { stop(): Promise<void> }

/** Things that were started one after another and are stopped in reverse order. */
export type StopStack = Running & { add<T extends Running>(running: T): T }

/** An empty {@link StopStack}. An error while one stops does not keep the others from stopping; it is thrown at the end. */
export function createStopStack(): StopStack {
  const running: Running[] = []
  let stopping: Promise<void> | undefined
  return {
    add(one) {
      running.push(one)
      return one
    },
    stop() {
      stopping ??= stopAll(running)
      return stopping
    },
  }
}

async function stopAll(running: Running[]): Promise<void> {
  const errors: unknown[] = []
  for (const one of running.reverse()) {
    try {
      await one.stop()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be stopped')
}
