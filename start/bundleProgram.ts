import { readFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Makes one readable JavaScript file of a program and the workspaces that it imports; packages stay where they are. What tsx makes at run time wraps
 * every closure to keep its name, which costs a gateway a tenth of its time.
 */
export async function bundleProgram(program: string, output: string): Promise<void> {
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
          // Files beside a source are still found from there.
          builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
            contents: (await readFile(path, 'utf8')).replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
            loader: 'ts',
          }))
        },
      },
    ],
  })
}
