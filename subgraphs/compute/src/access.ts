import type { Job } from '@tributary/compute-service'
import { type Identity, mayReadUser } from '@tributary/runtime/identity'
import { codedError } from '@tributary/schema'
import type { Context } from './context.ts'

/** Who asks. Throws `UNAUTHENTICATED` when nobody says so. */
export function requireIdentity({ identity }: Context): Identity {
  if (!identity) throw codedError('UNAUTHENTICATED', 'Jobs need a token')
  return identity
}

/** A job that the token may see. Throws `NOT_FOUND`: one that it may not see is as absent as one that does not exist. */
export async function readVisibleJob(id: string, { identity, loaders }: Context): Promise<Job> {
  const job = await loaders.job.load(id)
  if (!job || !mayReadUser(identity, job.owner)) return noJob(id)
  return job
}

export function noJob(id: string): never {
  throw codedError('NOT_FOUND', `There is no job ${JSON.stringify(id.slice(0, 100))}`)
}
