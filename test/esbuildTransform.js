import { transform, transformSync } from 'esbuild'

const options = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'external' }

/**
 * Strips the types of one file for jest. Its cache key is jest's own: source, path and this file's config. Whatever suites import comes asynchronously,
 * by one esbuild for all files; the other way, for jest's setup, starts one for each.
 */
export default {
  process(source, sourcefile) {
    const { code, map } = transformSync(source, { ...options, sourcefile })
    return { code, map }
  },
  async processAsync(source, sourcefile) {
    const { code, map } = await transform(source, { ...options, sourcefile })
    return { code, map }
  },
}
