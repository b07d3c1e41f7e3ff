import { callNeighbour, type Neighbours } from './callNeighbour.ts'
import type { PublishModelInput, PublishSegmentsInput } from './TaskIo.ts'

/**
 * Hands a trained model to the recommendations subgraph, which takes it whole or not at all, and only if it is not older than its own. Gives
 * the version that is served then.
 */
export async function publishModel(
  input: PublishModelInput,
  neighbours: Neighbours,
  signal: AbortSignal,
): Promise<number> {
  const query = 'mutation Publish($input: PublishModelInput!) { published: publishModel(input: $input) { version } }'
  return publish({ query, input, neighbours, signal })
}

/** The same for segments of customers. */
export async function publishSegments(
  input: PublishSegmentsInput,
  neighbours: Neighbours,
  signal: AbortSignal,
): Promise<number> {
  const query =
    'mutation Publish($input: PublishSegmentsInput!) { published: publishSegments(input: $input) { version } }'
  return publish({ query, input, neighbours, signal })
}

async function publish(options: {
  query: string
  input: object
  neighbours: Neighbours
  signal: AbortSignal
}): Promise<number> {
  const { query, input, neighbours, signal } = options
  const { published } = await callNeighbour<{ published: { version: number } }>({
    name: 'recommendations',
    url: neighbours.recommendationsUrl,
    secret: neighbours.secret,
    query,
    variables: { input },
    signal,
  })
  return published.version
}
