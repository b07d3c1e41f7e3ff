import { readFileSync } from 'node:fs'

/** The JavaScript of the README that begins so, as a function of the names that it uses. */
export function readmeLines(beginning: string): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const lines = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  const found = lines.find((code) => code.startsWith(beginning))
  if (found === undefined) throw new Error(`Expected the README to have JavaScript that begins with ${beginning}`)
  return found
}
