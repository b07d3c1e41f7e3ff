import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/** A supergraph with one field, of one subgraph that is nowhere. */
export const emptySupergraphSdl = compose()

function compose(): string {
  const typeDefs = parse('type Query { nothing: Int }')
  const { supergraphSdl, errors } = composeServices([{ name: 'empty', url: 'http://empty/', typeDefs }])
  if (!supergraphSdl) throw new AggregateError(errors ?? [])
  return supergraphSdl
}
