/** How deep the value of a custom scalar may be nested: `JSON.stringify` overflows the stack somewhere above 3,000 levels. */
export const maxJsonDepth = 1_000

/** Whether a JSON value has more levels of objects and lists than the bound. Walks level by level: depth costs no stack. */
export function isDeeperThan(value: unknown, maxDepth: number): boolean {
  let level = [value].filter(isComposite)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maxDepth) return true
    const next: object[] = []
    for (const composite of level) {
      for (const child of Object.values(composite)) if (isComposite(child)) next.push(child)
    }
    level = next
  }
  return false
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
