import { build } from 'esbuild'

/** The programs of the bench that run in processes of their own, by the file they are built from. */
const programs = {
  fixture: 'fixture/main.ts',
  load: 'load/main.ts',
  apolloGateway: 'gateways/apolloGatewayMain.ts',
  passThrough: 'gateways/passThroughMain.ts',
} as const

/**
 * Makes plain JavaScript of each program and gives the files. Not through tsx: its source maps make every `Error` expensive, and
 * `@apollo/gateway` creates one a request, which would count against it.
 */
export async function buildPrograms(options: {
  source: string
  output: string
}): Promise<Record<keyof typeof programs, string>> {
  await build({
    entryPoints: Object.entries(programs).map(([out, file]) => ({ in: `${options.source}/${file}`, out })),
    outdir: options.output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  const file = (name: keyof typeof programs) => `${options.output}/${name}.mjs`
  return {
    fixture: file('fixture'),
    load: file('load'),
    apolloGateway: file('apolloGateway'),
    passThrough: file('passThrough'),
  }
}
