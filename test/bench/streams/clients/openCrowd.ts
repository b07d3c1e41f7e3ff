import { once } from 'node:events'
import { WebSocket } from 'ws'
import { followQuery } from '../feed/feedGraph.ts'
import type { ClientOrder, Delivery } from './main.ts'

type Order<Kind extends ClientOrder['kind']> = Extract<ClientOrder, { kind: Kind }>

/** Many clients in one process. */
export type Crowd = {
  open(order: Order<'open'>): Promise<void>
  subscribe(order: Order<'subscribe'>): Promise<void>
  awaitEvents(): Promise<Delivery>
  churn(order: Order<'churn'>): Promise<void>
  close(): Promise<void>
}

/** How many handshakes run at a time, and how many loopback addresses clients come from: each has ports for 28,000. */
const handshakes = 100
const addresses = 8

/** How many subscriptions may wait for their first event while more are opened. */
const maxUnanswered = 50

/** How long events may take before what has come is given. */
const deliveryTimeoutMs = 60_000

export function openCrowd(): Crowd {
  let members: Member[] = []
  let received = 0
  /** Events that came since the last `awaitEvents`, or since the last `subscribe`. */
  let lastAtMs = 0
  let onProgress = () => {}
  let onFailure: (error: Error) => void = () => {}
  const onEvent = () => {
    received++
    lastAtMs = Number(process.hrtime.bigint()) / 1e6
    onProgress()
  }
  const onFault = (message: string) => onFailure(new Error(`Expected an event, got ${message.slice(0, 300)}`))
  const expected = () => members.reduce((sum, { streams }) => sum + streams, 0)

  return {
    async open({ count, port, tokens, firstAddress }) {
      let next = 0
      const worker = async () => {
        while (next < count) {
          const n = next++
          const localAddress = `127.0.0.${2 + ((firstAddress + n) % addresses)}`
          members.push(
            await openMember({ port, localAddress, token: tokens[n % tokens.length] ?? '', onEvent, onFault }),
          )
        }
      }
      await Promise.all(Array.from({ length: handshakes }, worker))
    },
    async subscribe({ sockets, each, ids }) {
      received = 0
      const chosen = members.slice(0, sockets)
      let n = 0
      for (const member of chosen) {
        for (let one = 0; one < each; one++) member.subscribe(ids[n++ % ids.length] ?? '')
        // Not all at once: a queue of thousands of messages is not what is measured.
        await untilReceived(n - maxUnanswered)
      }
      await untilReceived(sockets * each)
      received = 0
    },
    async awaitEvents() {
      await untilReceived(expected()).catch(() => {})
      const delivery = { received, expected: expected(), lastAtMs }
      received = 0
      return delivery
    },
    async churn({ cycles, ids }) {
      let left = cycles
      const failed = new Promise<never>((_, reject) => {
        onFailure = reject
      })
      const visits = members.map(async (member) => {
        while (left-- > 0) await member.visit(ids[left % ids.length] ?? '')
      })
      await Promise.race([Promise.all(visits), failed])
    },
    async close() {
      const closed = members
      members = []
      await Promise.all(closed.map((member) => member.close()))
    },
  }

  function untilReceived(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      onFailure = reject
      const timer = setTimeout(() => {
        onProgress = () => {}
        reject(new Error(`Expected ${count} events within ${deliveryTimeoutMs / 1_000} s, got ${received}`))
      }, deliveryTimeoutMs)
      onProgress = () => {
        if (received < count) return
        clearTimeout(timer)
        onProgress = () => {}
        resolve()
      }
      onProgress()
    })
  }
}

type Member = {
  streams: number
  subscribe(id: string): void
  /** Subscribes, waits for the first event, leaves. */
  visit(id: string): Promise<void>
  close(): Promise<void>
}

async function openMember(options: {
  port: number
  localAddress: string
  token: string
  onEvent(): void
  /** Told of anything but an event. */
  onFault(message: string): void
}): Promise<Member> {
  const ws = new WebSocket(`ws://127.0.0.1:${options.port}/graphql`, 'graphql-transport-ws', {
    localAddress: options.localAddress,
    perMessageDeflate: false,
  })
  ws.on('error', () => {})
  await once(ws, 'open')
  const payload = { Authorization: `Bearer ${options.token}` }
  const acknowledged = once(ws, 'message')
  ws.send(JSON.stringify({ type: 'connection_init', payload }))
  if (!String((await acknowledged)[0]).includes('connection_ack')) throw new Error('Expected connection_ack')
  let nextId = 1
  let onVisited: (() => void) | undefined
  const member: Member = {
    streams: 0,
    subscribe(id) {
      member.streams++
      say(id)
    },
    async visit(id) {
      const visited = new Promise<void>((resolve) => {
        onVisited = resolve
      })
      const operationId = say(id)
      await visited
      ws.send(`{"id":"${operationId}","type":"complete"}`)
    },
    async close() {
      const closed = once(ws, 'close')
      ws.close()
      await closed
    },
  }
  ws.on('message', (data) => {
    const text = String(data)
    // Read as a client would; what is timed is the gateway, and this is the same for all.
    const message = JSON.parse(text)
    if (message.type !== 'next' || !message.payload.data) options.onFault(text)
    else if (onVisited) onVisited()
    else options.onEvent()
  })
  return member

  function say(id: string): number {
    const operationId = nextId++
    const payload = { query: followQuery, variables: { id } }
    ws.send(JSON.stringify({ id: String(operationId), type: 'subscribe', payload }))
    return operationId
  }
}
