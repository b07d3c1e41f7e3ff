import { readdirSync, readFileSync } from 'node:fs'

/** What a process and its children have used since they started. */
export type Usage = { cpuMs: number; rssMb: number }

/** The unit of time in /proc/<pid>/stat: 100 ticks a second on every Linux that node runs on (`getconf CLK_TCK`). */
const tickMs = 10
const pageMb = 4_096 / 1_048_576

/** CPU time (user and system) and resident memory of the process and all below it, from /proc (man 5 proc). Linux only. */
export function readUsage(pid: number): Usage {
  const processes = new Map<number, Stat>()
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined
    if (stat) processes.set(Number(entry), stat)
  }
  const usage = { cpuMs: 0, rssMb: 0 }
  for (const [id, stat] of processes) {
    if (!isBelow(processes, id, pid)) continue
    usage.cpuMs += stat.ticks * tickMs
    usage.rssMb += stat.pages * pageMb
  }
  return usage
}

type Stat = { parent: number; ticks: number; pages: number }

function readStat(pid: number): Stat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended between the listing and now.
    return undefined
  }
  // The second field, the program's name in parentheses, may hold anything: the third begins after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  // utime, stime, and cutime, cstime of children that have ended.
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17), pages: field(24) }
}

function isBelow(processes: ReadonlyMap<number, Stat>, pid: number, ancestor: number): boolean {
  for (let id = pid; id > 0; ) {
    if (id === ancestor) return true
    const stat = processes.get(id)
    if (!stat) return false
    id = stat.parent
  }
  return false
}
