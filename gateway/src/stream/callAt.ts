/** The longest single timer, in milliseconds: longer ones overflow at 2^31, and the clock may be set while one runs. */
const maxTimerMs = 60 * 60 * 1000

/** Calls once at a time of the wall clock (milliseconds since the epoch), however far. Gives what cancels it. */
export function callAt(timeMs: number, call: () => void): () => void {
  let timer: NodeJS.Timeout
  arm()
  return () => clearTimeout(timer)

  function arm(): void {
    const remainingMs = timeMs - Date.now()
    timer = remainingMs > maxTimerMs ? setTimeout(arm, maxTimerMs) : setTimeout(call, Math.max(0, remainingMs))
  }
}
