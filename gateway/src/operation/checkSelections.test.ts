import { parse } from 'graphql'
import { checkSelections } from './checkSelections.ts'
import { defaultOperationLimits } from './OperationLimits.ts'

describe('what an operation selects is counted, its fragments spread out', () => {
  test.each<[string, string, string | undefined]>([
    ['15 levels', nest(15), undefined],
    ['16 levels', nest(16), 'MAX_DEPTH_LIMIT'],
    [
      '16 levels by fragments',
      `{ ...A } fragment A on Q ${nest(9, '...B')} fragment B on Q ${nest(8)}`,
      'MAX_DEPTH_LIMIT',
    ],
    ['20 root fields', `{ ${'a '.repeat(20)} }`, undefined],
    ['21 root fields, one in a fragment', `{ ${'a '.repeat(20)} ... { a } }`, 'MAX_ROOT_FIELDS_LIMIT'],
    ['31 aliases', `{ a { ${'b: c '.repeat(31)} } }`, 'MAX_ALIASES_LIMIT'],
    [
      '16 aliases, spread twice',
      `{ a { ...A } b { ...A } } fragment A on Q { ${'b: c '.repeat(16)} }`,
      'MAX_ALIASES_LIMIT',
    ],
    ['51 directives', `{ a ${'@b '.repeat(51)} }`, 'MAX_DIRECTIVES_LIMIT'],
    ['51 directives on the operation', `query ${'@b '.repeat(51)} { a }`, 'MAX_DIRECTIVES_LIMIT'],
    ['51 directives on a variable', `query ($b: B ${'@b '.repeat(51)}) { a }`, 'MAX_DIRECTIVES_LIMIT'],
    ['1,000 selections', `{ a { ${'b '.repeat(999)} } }`, undefined],
    ['1,001 selections', `{ a { ${'b '.repeat(1000)} } }`, 'MAX_SELECTIONS_LIMIT'],
    ['2^40 selections', bomb(40), 'MAX_SELECTIONS_LIMIT'],
    [
      'a fragment that contains itself',
      '{ ...A } fragment A on Q { a { ...B } } fragment B on Q { b { ...A } }',
      undefined,
    ],
    ['a fragment that is not there', '{ ...A }', undefined],
    ['another operation of the document', `query A { a } query B ${nest(16)}`, 'MAX_DEPTH_LIMIT'],
  ])('%s', (_what, text, code) => {
    expect(checkSelections(parse(text), defaultOperationLimits)?.extensions.code).toBe(code)
  })
})

function nest(levels: number, inside = 'b'): string {
  return `${'{ a '.repeat(levels - 1)}{ ${inside} }${' }'.repeat(levels - 1)}`
}

/** Each fragment spreads the next one twice. */
function bomb(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, at) => `fragment F${at} on Q { ...F${at + 1} ...F${at + 1} }`)
  return `{ a { ...F0 } } ${fragments.join(' ')} fragment F${levels} on Q { b }`
}
