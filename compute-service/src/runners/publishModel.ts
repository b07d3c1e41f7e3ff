import { callNeighbour, type Neighbours } from './callNeighbour.ts'
import type { PublishModelInput } from './TaskIo.ts'

/** Hands a trained model to the recommendations subgraph, which takes it whole or not at all, and only if it is not older than its own. */
export async function publishModel(
  model: PublishModelInput,
  { recommendationsUrl, secret }: Neighbours,
  signal: AbortSignal,
): Promise<void> {
  await callNeighbour({
    name: 'recommendations',
    url: recommendationsUrl,
    secret,
    query: 'mutation Publish($input: PublishModelInput!) { publishModel(input: $input) { version } }',
    variables: { input: model },
    signal,
  })
}
