import { expect, test } from '@jest/globals'
import type { Graph } from './Graph.ts'
import { graphs } from './graphs.ts'

const everything = graphs.flatMap((graph: Graph) => Object.values(graph.subgraphs))

test.each<[string, RegExp]>([
  ['several keys', /type \w+[^{]*@key\(fields: "\w+"\) @key/],
  ['composite and nested keys', /@key\(fields: "\w+ \{ \w+ \} \w+"\)/],
  ['keys nested twice', /@key\(fields: "\w+ \{ \w+ \w+ \{ \w+ \} \}"\)/],
  ['keys that cannot be resolved', /resolvable: false/],
  ['keys that clients do not see', /\w+: ID! @inaccessible/],
  ['@requires', /@requires\(fields: "\w+"\)/],
  ['@requires of nested fields', /@requires\(fields: "\w+ \{ \w+/],
  ['@requires with type conditions', /@requires\(fields: "[^"]*\.\.\. on/],
  ['@requires with arguments', /@requires\(fields: "\w+\(/],
  ['@requires with arguments below a field with arguments', /@requires\(fields: "\w+\([^"]*\{[^"]*\w+\(/],
  ['@requires that is non-null', /! @requires/],
  ['@provides', /@provides\(fields: "\w+"\)/],
  ['@provides of nested fields', /@provides\(fields: "[^"]*\{/],
  ['@provides on a union', /@provides\(fields: "\.\.\. on/],
  ['@provides on a field with arguments', /\w+\([^)]*\): \[?\w+!?\]?!? @provides/],
  ['@override', /@override\(from:/],
  ['@shareable', /@shareable/],
  ['@interfaceObject', /@interfaceObject/],
  ['hidden fields', /\w+: \w+!? @inaccessible/],
  ['hidden types', /type \w+ @inaccessible/],
  ['hidden values of enums', /enum \w+ \{[^}]*@inaccessible/],
  ['unions with a hidden member', /union Found = [^\n]*Note/],
  ['unions', /^ *union \w+ = \w+ \| \w+/m],
  ['interfaces of interfaces', /interface \w+ implements/],
  ['interfaces with keys', /interface \w+[^{]*@key/],
  ['lists of lists', /: \[\[\w+!?\]!?\]/],
  ['lists of lists of lists', /: \[\[\[/],
  ['nullable items and non-null items', /: \[\w+\][\s\S]*: \[\w+!\]/],
  ['custom scalars', /scalar \w+/],
  ['mutations', /type Mutation/],
])('the graphs have %s', (_, pattern) => {
  expect(everything.some((sdl) => pattern.test(sdl))).toBe(true)
})

test('the graphs have @requires with arguments on interfaces, and on interface objects', () => {
  const onInterface = everything.filter((sdl) => {
    const interfaces = [...sdl.matchAll(/interface (\w+)/g)].map(([, name]) => name)
    const pattern = new RegExp(`(\\w+)(?:\\([^)]*\\))?: \\[?(?:${interfaces.join('|')})\\b`, 'g')
    const fields = interfaces.length > 0 ? [...sdl.matchAll(pattern)].map(([, name]) => name) : []
    return fields.some((field) => new RegExp(`@requires\\(fields: "${field}(\\([^)]*\\))? \\{[^"{}]*\\w\\(`).test(sdl))
  })
  expect(onInterface).not.toEqual([])
  const onInterfaceObject = everything.filter((sdl) => /@interfaceObject[^}]*@requires\(fields: "\w+\(/.test(sdl))
  expect(onInterfaceObject).not.toEqual([])
})
