import { transformSync } from 'esbuild'

/** Strips the types of one file for jest. Its cache key is jest's own: source, path and this file's config. */
export default {
  process(source, path) {
    const { code, map } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcefile: path,
      sourcemap: 'external',
    })
    return { code, map }
  },
}
