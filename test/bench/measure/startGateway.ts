import { mkdirSync, rmSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { readBaseEnvironment } from '../config.ts'
import type { Gateway, GatewaySetup } from '../gateways/Gateway.ts'
import { startProcess } from '../process/startProcess.ts'
import { postOperation } from './postOperation.ts'

export type StartedGateway = {
  gateway: Gateway
  port: number
  pid: number
  /** Empties its log, which grows by a line a request. */
  clearLog(): void
  stop(): Promise<void>
}

/** How long a gateway may take until it answers, in milliseconds. */
const startDeadlineMs = 60_000

/** Starts a gateway and waits until it answers. Rejects, with nothing left running, when it ends or does not answer in time. */
export async function startGateway(
  gateway: Gateway,
  options: Omit<GatewaySetup, 'port' | 'directory'> & {
    outputDirectory: string
    token: string
    cores: string | undefined
  },
): Promise<StartedGateway> {
  const { outputDirectory, token, cores, ...setup } = options
  const directory = `${outputDirectory}/${gateway.name}`
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const port = await freePort()
  const command = await gateway.command({ ...setup, port, directory })
  const log = `${directory}/output.log`
  const started = startProcess({ ...command, env: { ...readBaseEnvironment(), ...command.env } }, { cores, log })
  try {
    await Promise.race([untilAnswering(gateway, port, token), started.ended])
  } catch (error) {
    await started.stop()
    throw error
  }
  return { gateway, port, pid: started.pid, clearLog: () => truncateSync(log), stop: started.stop }
}

async function untilAnswering(gateway: Gateway, port: number, token: string): Promise<void> {
  const deadline = performance.now() + startDeadlineMs
  let last = ''
  while (performance.now() < deadline) {
    try {
      const { status, text } = await postOperation({
        port,
        path: gateway.path,
        token,
        query: { text: '{ __typename }' },
      })
      if (status === 200 && text.includes('"data"')) return
      last = `status ${status}: ${text.slice(0, 300)}`
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await delay(100)
  }
  throw new Error(`Expected an answer within ${startDeadlineMs / 1_000} s, got ${last}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
