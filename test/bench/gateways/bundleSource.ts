import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Makes one readable JavaScript file of a program and the workspaces that it imports; packages stay where they are. */
export async function bundleSource(program: string, output: string): Promise<void> {
  await build({
    entryPoints: [program],
    outfile: output,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [
      {
        name: 'workspaces',
        setup(builder) {
          builder.onResolve({ filter: /^@tributary\// }, ({ path }) => ({
            path: fileURLToPath(import.meta.resolve(path)),
          }))
        },
      },
    ],
  })
}
