import { composeServices } from '@apollo/composition'
import { subgraphNames, subgraphSdl } from './subgraphSdl.ts'

/**
 * Composes `schema/*.graphql` into the supergraph SDL. Throws with every composition error and hint: ours is to have neither.
 */
export function composeSchema(): string {
  const result = composeServices(
    subgraphNames.map((name) => ({ name, url: `http://${name}/graphql`, typeDefs: subgraphSdl(name) })),
  )
  if (result.errors) {
    throw new Error(`schema/*.graphql do not compose:\n${result.errors.map((error) => error.message).join('\n')}`)
  }
  if (result.hints.length > 0) {
    throw new Error(`schema/*.graphql compose with hints:\n${result.hints.map((hint) => hint.toString()).join('\n')}`)
  }
  return `# Made by \`npm run schema\` from the other files of this folder. Do not edit.\n${result.supergraphSdl}\n`
}
