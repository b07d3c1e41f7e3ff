import type { StartedProcess } from './startProcess.ts'

/** Orders over node's message channel, each answered by one message: `{ result }` or `{ error }`. One at a time. */
export type Conversation = {
  /** Resolves with `result`; rejects with `error`, or when the process ends. */
  ask(order: object): Promise<unknown>
}

/** Begins a {@link Conversation} with a program that says once, by a message of the same form, that it is ready; gives that too. */
export async function converse(started: StartedProcess): Promise<Conversation & { ready: unknown }> {
  const ready = await reply()
  return {
    ready,
    ask(order) {
      const replied = reply()
      started.child.send(order)
      return replied
    },
  }

  function reply(): Promise<unknown> {
    return Promise.race([
      new Promise((resolve, reject) =>
        started.child.once('message', (message: { result?: unknown; error?: string }) =>
          message.error === undefined ? resolve(message.result) : reject(new Error(message.error)),
        ),
      ),
      started.ended,
    ])
  }
}
