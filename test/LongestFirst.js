import Sequencer from '@jest/test-sequencer'

/** What takes longest, the longest first. */
const longest = [
  'compute-service/test/workers',
  'test/torture/torture',
  'test/property/property',
  'test/chaos/chaos',
  'test/start',
].map((path) => new URL(`../${path}.test.ts`, import.meta.url).pathname)

/** As jest does, the longest suites first; what it does not know before it has run them once, as on a fresh clone, is told here. It goes by the size of files otherwise. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (longest.includes(path) ? longest.indexOf(path) : longest.length)
    return super.sort(tests).sort((one, other) => rank(one) - rank(other))
  }
}
