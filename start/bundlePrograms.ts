import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

/** A source, and the file that is made of it, which ends with `.mjs`. */
type Program = { program: string; output: string }

const root = fileURLToPath(new URL('../', import.meta.url))
const commonPackages = join(root, 'node_modules/')

/** How long chunks are kept that are of no program any more, in milliseconds: somebody may run it still. */
const keepChunksMs = 24 * 3_600_000

/**
 * Makes readable JavaScript of each program and the workspaces that it imports; packages stay where they are. What tsx makes at run time wraps every closure to
 * keep its name, which costs a gateway a tenth of its time. What threads run, `new URL('./entry.mjs', import.meta.url)` in a source, is made too: a loader in each
 * thread would be most of its start. What several programs share, or load now and then, is in `chunks` beside the first one. Whoever runs an older one meanwhile finds whole files.
 */
export async function bundlePrograms(programs: readonly Program[]): Promise<void> {
  const folder = dirname(programs[0]?.output ?? '')
  const made = new Set<string>()
  const known = new Set<string>()
  for (let next = [...programs]; next.length > 0; ) {
    const threads: Program[] = []
    const onThread = (program: string): string => {
      const output = join(folder, 'threads', relative(root, program).replace(/\.\w+$/, '.mjs'))
      if (!known.has(program)) threads.push({ program, output })
      known.add(program)
      return output
    }
    for (const path of await bundle(next, { folder, onThread })) made.add(path)
    next = threads
  }
  await removeOld(join(folder, 'chunks'), made)
}

/** Gives the files that were written. `onThread` is told the source of what a thread runs, and gives the file that will be made of it. */
async function bundle(
  programs: readonly Program[],
  { folder, onThread }: { folder: string; onThread(program: string): string },
): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: programs.map(({ program, output }) => ({
      in: program,
      out: relative(folder, output).replace(/\.mjs$/, ''),
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [workspaces(onThread)],
  })
  await Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.${process.pid}`, contents)
      await rename(`${path}.${process.pid}`, path)
    }),
  )
  return outputFiles.map(({ path }) => path)
}

function workspaces(onThread: (program: string) => string): Plugin {
  const urlOf = (path: string) => JSON.stringify(pathToFileURL(path).href)
  return {
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
      // There is no TypeScript left to read.
      builder.onResolve({ filter: /^tsx\/esm\/api$/ }, () => ({ path: 'tsx', namespace: 'nothing' }))
      builder.onLoad({ filter: /^/, namespace: 'nothing' }, () => ({ contents: 'export const register = () => {}' }))
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, 'utf8'))
          .replace(
            /new URL\('(\.[^']*\.(?:mjs|ts))', import\.meta\.url\)/g,
            (_, entry: string) => `new URL(${urlOf(onThread(join(dirname(path), entry)))})`,
          )
          // Files beside a source are still found from there.
          .replaceAll('import.meta.url', urlOf(path)),
        loader: 'ts',
      }))
    },
  }
}

async function removeOld(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (!kept.has(path) && Date.now() - (await stat(path)).mtimeMs > keepChunksMs) await rm(path, { force: true })
  }
}
