import { createContext, Script } from 'node:vm'

/** Calls what is not ours and may not come to an end. Throws what it throws, {@link NotNow}, or an error when it had to be stopped. */
export type BoundedCall = <Result>(call: () => Result) => Result

/** Nothing was called, because a call before has had to be stopped: to be tried again later. */
export class NotNow extends Error {}

/**
 * How long a call may take, in milliseconds, and for how many times as long none is made after one that was stopped: whoever finds calls that do not
 * end can keep the process for that share of its time, no more.
 */
const timeoutMs = 1_000
const restFactor = 20

const script = new Script('call()')

/** A {@link BoundedCall}. A call that takes too long is stopped wherever it is. */
export function createBoundedCall(): BoundedCall {
  let restUntilMs = 0
  return (call) => {
    if (performance.now() < restUntilMs) throw new NotNow('Expected to be called later')
    let result: { value: ReturnType<typeof call> } | undefined
    const context = createContext({
      call: () => {
        result = { value: call() }
      },
    })
    const startedMs = performance.now()
    try {
      script.runInContext(context, { timeout: timeoutMs })
    } catch (error) {
      const now = performance.now()
      if (now - startedMs >= timeoutMs) restUntilMs = now + timeoutMs * restFactor
      throw error
    }
    if (!result) throw new Error('Expected the script to call')
    return result.value
  }
}
