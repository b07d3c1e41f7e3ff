/** A change of a job, as the ledger has it. */
export type LedgerEvent = {
  seq: number
  status: string
  attempt: number
  deadLettered: boolean
  progress: { fraction: number } | null
}

/** One update, as a client was told it. */
export type SeenUpdate = {
  seq: number
  skipped: number
  job: Omit<LedgerEvent, 'seq'>
}

/** What is wrong with what a client was told, by how often. */
export type Faults = {
  /** States, the end among them, that it was not told. */
  missed: number
  /** Updates that it was told again. */
  doubled: number
  /** Updates that came after a later one. */
  outOfOrder: number
  /** Updates whose `skipped` does not say how many were left out before them. */
  unsaid: number
  /** Updates that the ledger does not have, or has otherwise. */
  wrong: number
}

/**
 * Compares what a client was told of one job, over all of its resumed streams, with the ledger's whole log of it. Without
 * `fromStart` the first update stood for all before it.
 */
export function checkHistory(options: {
  log: readonly LedgerEvent[]
  seen: readonly SeenUpdate[]
  fromStart: boolean
}): Faults {
  const { log, seen, fromStart } = options
  const faults: Faults = { missed: 0, doubled: 0, outOfOrder: 0, unsaid: 0, wrong: 0 }
  const told = new Set<number>()
  let last = fromStart ? 0 : undefined
  for (const { seq, skipped, job } of seen) {
    if (told.has(seq)) faults.doubled++
    else if (last !== undefined && seq < last) faults.outOfOrder++
    else if (last !== undefined && seq - last - 1 !== skipped) faults.unsaid++
    told.add(seq)
    last = Math.max(last ?? 0, seq)
    const event = log[seq - 1]
    if (!event || event.seq !== seq || stateOf(event) !== stateOf(job) || !isSameProgress(event, job)) faults.wrong++
  }
  const from = fromStart ? 1 : (seen[0]?.seq ?? 1)
  faults.missed = statesOf(log).filter((seqs) => Math.max(...seqs) >= from && !seqs.some((seq) => told.has(seq))).length
  return faults
}

/** The `seq` of all events of each state. Newer progress may stand for the event that began its state. */
function statesOf(log: readonly LedgerEvent[]): number[][] {
  const states: number[][] = []
  log.forEach((event, i) => {
    const before = log[i - 1]
    if (before && stateOf(before) === stateOf(event)) states.at(-1)?.push(event.seq)
    else states.push([event.seq])
  })
  return states
}

function stateOf({ status, attempt, deadLettered }: Omit<LedgerEvent, 'seq'>): string {
  return `${status} ${attempt} ${deadLettered}`
}

function isSameProgress(one: Omit<LedgerEvent, 'seq'>, other: Omit<LedgerEvent, 'seq'>): boolean {
  return one.progress?.fraction === other.progress?.fraction
}
