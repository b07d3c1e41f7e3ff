/** An entity of another subgraph, by its key: all that this subgraph knows of users and products. */
export type EntityReference = { id: string }
