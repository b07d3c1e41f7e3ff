/** A federated graph for the property tests, written by hand. Its data is made up by {@link ../World.ts}. */
export type Graph = {
  name: string
  /** Each subgraph's schema, without the link to federation. */
  subgraphs: Readonly<Record<string, string>>
  /**
   * Types whose objects are found by keys: for each field that a key takes the value of the nth object. Such a value is a leaf, or
   * a {@link Pooled}. Values of different objects may be equal as long as whole keys differ.
   */
  keys: Readonly<Record<string, Readonly<Record<string, (n: number) => KeyValue>>>>
}

export type KeyValue = string | number | boolean | Pooled

/** The nth object of a type that {@link Graph.keys} names. */
export type Pooled = { typename: string; n: number }

/** How many objects each type with keys has. */
export const poolSize = 4

/** Puts the link to federation in front of a subgraph's schema. */
export function withFederation(sdl: string): string {
  const names = ['key', 'requires', 'provides', 'external', 'shareable', 'override', 'inaccessible', 'interfaceObject']
  const used = names.filter((name) => new RegExp(`@${name}\\b`).test(sdl)).map((name) => `"@${name}"`)
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [${used.join(', ')}])\n${sdl}`
}
