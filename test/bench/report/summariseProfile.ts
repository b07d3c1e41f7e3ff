import { readFileSync } from 'node:fs'

/** The part of V8's .cpuprofile format that is read here. */
type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/** How many functions are listed. */
const maxFunctions = 40

/**
 * Where a process's main thread spent its CPU, from its .cpuprofile: by package or folder, then the functions with the most time of
 * their own. Shares are of all time that was not idle.
 */
export function summariseProfile(file: string): string {
  // Written by node's --cpu-prof.
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const own = new Map<number, number>()
  for (const [index, id] of profile.samples.entries()) {
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0))
  }
  const places = new Map<string, number>()
  const functions = new Map<string, number>()
  let busy = 0
  for (const { id, callFrame } of profile.nodes) {
    const time = own.get(id) ?? 0
    if (time === 0 || callFrame.functionName === '(idle)') continue
    busy += time
    const place = placeOf(callFrame)
    places.set(place, (places.get(place) ?? 0) + time)
    const name = `${callFrame.functionName || '(anonymous)'}  ${shorten(callFrame.url)}${callFrame.url ? `:${callFrame.lineNumber + 1}:${callFrame.columnNumber + 1}` : ''}`
    functions.set(name, (functions.get(name) ?? 0) + time)
  }
  const list = (of: Map<string, number>) =>
    [...of]
      .sort(([, left], [, right]) => right - left)
      .slice(0, maxFunctions)
      .map(([name, time]) => `${((time / busy) * 100).toFixed(1).padStart(6)} %  ${name}`)
  return [`${(busy / 1_000).toFixed(0)} ms busy`, ...list(places), '', ...list(functions)].join('\n')
}

function placeOf({ functionName, url }: { functionName: string; url: string }): string {
  if (url.startsWith('node:')) return url.replace(/^(node:(internal\/)?[\w-]+).*/, '$1')
  if (url === '') return functionName === '(garbage collector)' ? functionName : '(native)'
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)
  return inPackage?.[1] ?? shorten(url)
}

function shorten(url: string): string {
  return url
    .replace(/^file:\/\//, '')
    .replace(/.*\/node_modules\//, '')
    .replace(/.*\/((?:gateway|runtime|schema|test)\/)/, '$1')
}
