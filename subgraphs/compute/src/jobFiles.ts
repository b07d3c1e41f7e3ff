import type { Job } from '@tributary/compute-service'

/** A file of a job, as the resolvers of `JobFile` take it. */
export type JobFile = { job: Pick<Job, 'id' | 'attempt'>; name: string; bytes: number; sha256: string }

/** The files that the job's task handed over, once it has succeeded. */
export function toJobFiles({ id, attempt, files }: Job): JobFile[] {
  return (files ?? []).map((file) => ({ job: { id, attempt }, ...file }))
}
