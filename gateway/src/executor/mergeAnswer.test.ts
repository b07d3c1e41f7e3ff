import { parse } from 'graphql'
import { fetchShape } from './FetchShape.ts'
import { mergeAnswer } from './mergeAnswer.ts'

const options = {
  types: { satisfies: () => true, isObject: () => true, keysOf: () => [], requiredBy: () => undefined },
  copy: false,
}

test.each([
  ['first', [{ sight: 'text' }, { sight: { value: 1 } }]],
  ['last', [{ sight: { value: 1 } }, { sight: 'text' }]],
])('a leaf where another subgraph has an object is kept to be told as an error, if it comes %s', (_, answers) => {
  const shape = fetchShape(parse('{ sight { label value } }'), [])
  const tree = {}
  for (const answer of answers) mergeAnswer(tree, answer, shape, options)
  expect(tree).toEqual({ sight: 'text' })
})
