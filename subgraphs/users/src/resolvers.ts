import { mayReadUser, usersReadScope } from '@tributary/runtime/identity'
import { readInput, readPageArguments, toConnection } from '@tributary/runtime/subgraph'
import { codedError } from '@tributary/schema'
import type { Context } from './context.ts'
import type { Resolvers } from './generated/resolverTypes.ts'
import { profileInput } from './profileInput.ts'
import type { StoredUser } from './store.ts'

/** The resolvers of schema/users.graphql. */
export const resolvers: Resolvers = {
  Query: {
    me: (_parent, _args, context) => (context.identity ? readUser(context.identity.userId, context) : null),
    user: (_parent, { id }, context) => readUser(id, context),
    async users(_parent, args, { identity, store }) {
      if (!identity) throw codedError('UNAUTHENTICATED', '`users` needs a token')
      if (!identity.scopes.includes(usersReadScope)) {
        throw codedError('FORBIDDEN', `\`users\` needs the scope ${usersReadScope}`)
      }
      const page = readPageArguments(args, { keyTypes: ['string'] })
      const after = page.after?.[0]
      const { users, totalCount } = await store.listUsers({
        limit: page.first + 1,
        after: after === undefined ? undefined : String(after),
      })
      return toConnection({ rows: users, page, totalCount, sortKey: (user) => [user.id] })
    },
  },
  Mutation: {
    async updateProfile(_parent, { input }, context) {
      const { identity, store } = context
      if (!identity) throw codedError('UNAUTHENTICATED', '`updateProfile` needs a token')
      const change = readInput(profileInput, input)
      if (Object.values(change).every((value) => value === undefined)) return readUser(identity.userId, context)
      return (await store.updateUser(identity.userId, change)) ?? notFound(identity.userId)
    },
  },
  User: {
    __resolveReference: ({ id }, context) => readUser(id, context),
  },
}

/** A user whom the token does not reach is as absent as one who does not exist. */
async function readUser(id: string, { identity, loaders }: Context): Promise<StoredUser> {
  const user = mayReadUser(identity, id) ? await loaders.user.load(id) : undefined
  return user ?? notFound(id)
}

function notFound(id: string): never {
  throw codedError('NOT_FOUND', `There is no user ${JSON.stringify(id)}`)
}
