import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

type Service = {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
}

const root = new URL('../', import.meta.url)
const compose = parse(readFileSync(new URL('docker-compose.yml', root), 'utf8'), { merge: true })
const services: Record<string, Service> = compose.services
const scripts: Record<string, string> = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).scripts
const ours = Object.entries(services).filter(([, service]) => service.image === 'tributary')

/** The file that a service's command runs; the gateway's is bundled first. */
function programOf({ command = [] }: Service): string {
  const script = scripts[command[2] ?? ''] ?? ''
  const [, program = ''] = /^(?:exec )?node --import tsx (\S+\.ts)/.exec(script) ?? []
  if (!script.includes(' && exec node ')) return program
  const bundler = readFileSync(new URL(program, root), 'utf8')
  const [, bundled = '', output = ''] = /path\('\.\.\/(\S+\.ts)'\), output: path\('\.\.\/(\S+)'\)/.exec(bundler) ?? []
  return script.endsWith(` ${output}`) ? bundled : ''
}

/** The source of the program that a service's command runs, with the settings that it reads. */
function sources(service: Service): string {
  const entry = programOf(service)
  const folder = new URL(`./${entry.slice(0, entry.lastIndexOf('/') + 1)}`, root)
  const folders = ['runtime/src/subgraph/', 'runtime/src/process/', 'runtime/src/identity/']
  if (/^(compute-service|subgraphs\/compute)\//.test(entry)) folders.push('compute-service/src/results/')
  const shared = folders.map((path) => new URL(path, root))
  return [folder, ...shared]
    .flatMap((where) => readdirSync(where).map((file) => new URL(file, where)))
    .filter((file) => file.pathname.endsWith('.ts') && !file.pathname.endsWith('.test.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

describe('docker-compose.yml', () => {
  test('has everything that the design names', () => {
    expect(Object.keys(services).sort()).toEqual(
      [
        ...['compute', 'gateway-1', 'gateway-2', 'nginx', 'orders', 'postgres', 'recommendations', 'redis', 'token'],
        ...['users', 'worker-1', 'worker-2'],
      ].sort(),
    )
  })

  test.each(ours)('%s runs a script of package.json whose program is there', (_name, service) => {
    expect(service.command?.slice(0, 2)).toEqual(['npm', 'run'])
    expect(programOf(service)).not.toBe('')
    expect(readFileSync(new URL(programOf(service), root), 'utf8')).not.toBe('')
  })

  test.each(ours)('%s sets only variables that its program reads', (_name, service) => {
    const source = sources(service)
    const unknown = Object.keys(service.environment ?? {}).filter((name) => !new RegExp(`\\b${name}\\b`).test(source))
    expect(unknown).toEqual([])
  })

  test.each(ours.filter(([, { healthcheck }]) => healthcheck))(
    '%s is asked for its health where it answers',
    (_name, service) => {
      const url = /http:\/\/127\.0\.0\.1:(\d+)(\/\w+)/.exec(service.healthcheck?.test.at(-1) ?? '')
      expect(url?.[1]).toBe(service.environment?.PORT)
      expect(sources(service)).toContain(`'${url?.[2]}'`)
    },
  )

  test('every service that another one waits for or calls is there, on the port that it is called on', () => {
    for (const service of Object.values(services)) {
      for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(services)).toContain(name)
      for (const value of Object.values(service.environment ?? {})) {
        for (const [, host = '', port] of String(value).matchAll(/http:\/\/([\w-]+):(\d+)\/graphql/g)) {
          expect(services[host]?.environment?.PORT).toBe(port)
        }
      }
    }
  })

  test('nginx stands before both gateways, on their port', () => {
    const config = readFileSync(new URL(compose.configs.nginx.file, root), 'utf8')
    const upstreams = [...config.matchAll(/server ([\w-]+):(\d+);/g)]
    expect(upstreams.map(([, name, port]) => [name, port])).toEqual([
      ['gateway-1', services['gateway-1']?.environment?.PORT],
      ['gateway-2', services['gateway-2']?.environment?.PORT],
    ])
  })
})
