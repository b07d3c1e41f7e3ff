import type { SelectionScope } from '../executor/collectFields.ts'

/** How many settings are remembered. What is asked for under more of them is compiled more often. */
const maxVariants = 32

/** What is compiled for each setting of the flags, remembered. */
export function createVariants<Compiled, Option>(
  flags: readonly string[],
  compile: (flag: SelectionScope['flag'], option: Option) => Compiled,
): (variables: Record<string, unknown>, option: Option) => Compiled {
  const variants = new Map<string, { compiled: Compiled }>()
  return (variables, option) => {
    let key = ''
    for (const flag of flags) key += variables[flag] === true ? '1' : '0'
    const known = variants.get(key)
    if (known) return known.compiled
    // A copy of the flags alone: what is remembered must not hold on to a client's variables.
    const isTrue = new Set(flags.filter((flag) => variables[flag] === true))
    const compiled = compile((variable) => isTrue.has(variable), option)
    const [oldest] = variants.keys()
    if (variants.size >= maxVariants && oldest !== undefined) variants.delete(oldest)
    variants.set(key, { compiled })
    return compiled
  }
}
