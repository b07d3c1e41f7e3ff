import type { ExplorerTab } from '@tributary/gateway'

/** A customer of the data set, whom the examples and the printed token are about. */
export const exampleUser = { id: 'CG-12520', name: 'Claire Gute' }

/** One query across three subgraphs. */
export const profileQuery = `query Profile($id: ID!) {
  user(id: $id) {
    id
    name
    orders(first: 3) {
      edges { node { id lines { quantity product { name } } } }
    }
    orderSummary { count }
    recommendations(first: 5) {
      score
      reason
      product { id name }
    }
  }
}`

/** A job: trains the model that recommendations come from. */
export const trainMutation = `mutation Train {
  trainRecommendations(input: {}) { id status }
}`

/** A job's stream, from its present state to its end. */
export const followSubscription = `subscription Follow($id: ID!) {
  jobUpdates(id: $id) {
    seq
    job { status progress { fraction message } submittedBy { name } }
  }
}`

/** Another job: divides customers into the segments that `User.segment` comes from. */
export const segmentMutation = `mutation Segment {
  segmentCustomers(input: {}) { id status }
}`

/** What that job gave, and where to look at it. */
export const segmentsQuery = `query Segments($id: ID!) {
  job(id: $id) {
    status
    result { ... on CustomerSegments { segments { name description size } chart { url } } }
  }
}`

/** The examples as GraphiQL's tabs, ready to run: they carry the token. */
export function explorerTabs(token: string): ExplorerTab[] {
  const headers = { Authorization: `Bearer ${token}` }
  return [
    { query: profileQuery, variables: { id: exampleUser.id }, headers },
    { query: trainMutation, headers },
    { query: followSubscription, variables: { id: 'the id that Train gave' }, headers },
    { query: segmentMutation, headers },
    { query: segmentsQuery, variables: { id: 'the id that Segment gave' }, headers },
  ]
}
