import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '@tributary/compute-service'
// Not by the package: each thread would load all of it.
import { taskError } from '../../compute-service/src/runners/taskError.ts'
import type { StepInput, StepOutput } from './stepKind.ts'

/** Waits out each step and tells of it. */
export const takeSteps: Task<StepInput, StepOutput> = async (
  { steps, stepMs, failures, fails },
  { attempt, progress, signal },
) => {
  for (let step = 1; step <= steps; step++) {
    await sleep(stepMs, undefined, { signal })
    progress(step / steps, `step ${step} of attempt ${attempt}`)
    if (attempt <= failures && step >= steps / 2) throw new Error('This attempt was to fail')
  }
  if (fails) throw taskError({ code: 'JOB_FAILED', message: 'This job was to fail', isRetryable: false })
  return { steps }
}
