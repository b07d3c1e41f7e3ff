import { type Identity, mayReadUser, serviceScope } from '@tributary/runtime/identity'
import { readInput, readPageArguments } from '@tributary/runtime/subgraph'
import { codedError } from '@tributary/schema'
import type { Context } from './context.ts'
import type { EntityReference } from './EntityReference.ts'
import type { Resolvers } from './generated/resolverTypes.ts'
import { segmentation } from './segmentation.ts'
import { trainedModel } from './trainedModel.ts'

/** The longest list that may be asked for. */
const maxFirst = 50

/** The resolvers of schema/recommendations.graphql. */
export const resolvers: Resolvers = {
  Mutation: {
    async publishModel(_parent, { input }, { identity, store }) {
      requireService(identity, 'publishModel')
      return { version: await store.publishModel(readInput(trainedModel, input)) }
    },
    async publishSegments(_parent, { input }, { identity, store }) {
      requireService(identity, 'publishSegments')
      return { version: await store.publishSegments(readInput(segmentation, input)) }
    },
  },
  User: {
    __resolveReference: readReference,
    recommendations({ id }, args, { identity, loaders }) {
      const { first } = readPageArguments(args, { keyTypes: [], maxFirst })
      requireUser(identity, id)
      return loaders.recommendations.load({ id, first })
    },
    segment({ id }, _args, { identity, loaders }) {
      requireUser(identity, id)
      return loaders.segment.load(id)
    },
  },
  Product: {
    __resolveReference: readReference,
    similar({ id }, args, { loaders }) {
      const { first } = readPageArguments(args, { keyTypes: [], maxFirst })
      return loaders.similar.load({ id, first })
    },
  },
}

/** A user whom the token does not reach is as absent as one who does not exist. */
function requireUser(identity: Identity | undefined, id: string): void {
  if (!mayReadUser(identity, id)) throw codedError('NOT_FOUND', `There is no user ${JSON.stringify(id)}`)
}

function requireService(identity: Identity | undefined, field: string): void {
  if (!identity) throw codedError('UNAUTHENTICATED', `\`${field}\` needs a token`)
  if (!identity.scopes.includes(serviceScope)) {
    throw codedError('FORBIDDEN', `\`${field}\` needs the scope ${serviceScope}`)
  }
}

/**
 * Users and products live elsewhere: whatever is asked for here is taken to exist. Representations are JSON, whatever their type says.
 * Asynchronous, since @apollo/subgraph takes a reference resolver that throws at once for a failure of all entities.
 */
async function readReference({ id }: { id: unknown }, _context: Context): Promise<EntityReference> {
  if (typeof id === 'string') return { id }
  throw codedError('BAD_USER_INPUT', `Expected \`id\` to be a string, got ${JSON.stringify(id)}`)
}
