/** What processes tell each other of a job. Only hints: whoever needs to know reads the ledger, and looks again from time to time. */
export type JobMessage = { kind: 'changed'; id: string; seq: number } | { kind: 'cancelRequested'; id: string }

export type MessageKind = JobMessage['kind']

export const messageKinds: readonly MessageKind[] = ['changed', 'cancelRequested']

export function writeMessage(message: JobMessage): string {
  switch (message.kind) {
    case 'changed':
      return `changed:${message.id}:${message.seq}`
    case 'cancelRequested':
      return `cancelRequested:${message.id}`
    default:
      throw message satisfies never
  }
}

/** Undefined for what is no message of ours. */
export function readMessage(text: string): JobMessage | undefined {
  const [kind, id, seq] = text.split(':')
  if (!id) return undefined
  if (kind === 'cancelRequested') return { kind, id }
  if (kind === 'changed' && seq && /^\d+$/.test(seq)) return { kind, id, seq: Number(seq) }
  return undefined
}
