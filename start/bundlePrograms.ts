import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const commonPackages = fileURLToPath(new URL('../node_modules/', import.meta.url))

/**
 * Makes one readable JavaScript file (`output`, which ends with `.mjs`) of each program and the workspaces that it imports; packages stay where they are. What
 * tsx makes at run time wraps every closure to keep its name, which costs a gateway a tenth of its time. Whoever runs an older one meanwhile finds a whole file.
 */
export async function bundlePrograms(programs: readonly { program: string; output: string }[]): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: programs.map(({ program, output }) => ({ in: program, out: output.replace(/\.mjs$/, '') })),
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    write: false,
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
          // A workspace that needs another version of a package than the others has it in a folder of its own, which the program is not in.
          builder.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
            if (isBuiltin(path) || importer === '') return undefined
            const found = createRequire(importer).resolve(path)
            return found.startsWith(commonPackages) ? undefined : { path: pathToFileURL(found).href, external: true }
          })
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
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.${process.pid}`, contents)
      await rename(`${path}.${process.pid}`, path)
    }),
  )
}
