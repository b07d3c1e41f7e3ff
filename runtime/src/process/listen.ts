import type { AddressInfo, Server } from 'node:net'
import { StartupError } from './StartupError.ts'

/** Listens and gives the port that was taken. Throws a {@link StartupError} when the port cannot be had. */
export async function listen(
  server: Server,
  options: { port: number; host: string; setting: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, options)))
    server.listen(options.port, options.host, resolve)
  })
  // A server that listens on a port, not on a pipe, has an AddressInfo.
  return (server.address() as AddressInfo).port
}

function explain(
  error: NodeJS.ErrnoException,
  { port, host, setting }: { port: number; host: string; setting: string },
): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupError(`Port ${port} is in use: stop what listens there, or set ${setting} to another port.`)
    case 'EACCES':
      return new StartupError(`Port ${port} may not be used by this user: set ${setting} to a port above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError(`This machine has no address ${host}: set HOST to one of its own, for example 127.0.0.1.`)
    default:
      return error
  }
}
