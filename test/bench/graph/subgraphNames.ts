/** The subgraphs of the bench graph, each with its SDL in `<name>.graphql` beside this file. */
export const subgraphNames = ['accounts', 'inventory', 'products', 'reviews'] as const

export type SubgraphName = (typeof subgraphNames)[number]
