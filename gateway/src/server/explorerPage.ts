import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { createGunzip, gzip } from 'node:zlib'
import { explorerScript } from './explorerScript.ts'
import type { Page } from './Page.ts'

/** An example in GraphiQL: one tab. */
export type ExplorerTab = {
  query: string
  variables?: Record<string, unknown>
  /** Headers to send with it; for a subscription they are said in `connection_init`. */
  headers?: Record<string, string>
}

/**
 * GraphiQL, as one page without anything from elsewhere (@graphql-yoga/render-graphiql), with these examples in it. Its 18 MB are made
 * and compressed when it is first asked for, and kept compressed.
 */
export function createExplorerPage(options: { title: string; tabs: readonly ExplorerTab[] }): Page {
  let made: Promise<{ etag: string; compressed: Buffer }> | undefined
  return {
    async send(request, response) {
      made ??= makePage(options)
      const { etag, compressed } = await made
      response.setHeader('etag', etag)
      response.setHeader('cache-control', 'no-cache')
      response.setHeader('vary', 'accept-encoding')
      if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
      response.setHeader('content-type', 'text/html; charset=utf-8')
      if (request.method === 'HEAD') return void response.end()
      if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
        response.setHeader('content-encoding', 'gzip')
        response.setHeader('content-length', compressed.length)
        return void response.end(compressed)
      }
      const plain = createGunzip()
      plain.pipe(response)
      plain.end(compressed)
      return undefined
    },
  }
}

async function makePage({ title, tabs }: { title: string; tabs: readonly ExplorerTab[] }) {
  const [{ renderGraphiQL }, client] = await Promise.all([import('@graphql-yoga/render-graphiql'), readClient()])
  const page = renderGraphiQL({ title })
  // The page ends with this call; its options are written anew, because a fetcher is a function.
  const at = page.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL(')
  if (at < 0) throw new Error('Expected the page of @graphql-yoga/render-graphiql to call renderYogaGraphiQL')
  const shown = tabs.map(({ query, variables, headers }) => ({
    query,
    variables: variables && JSON.stringify(variables, undefined, 2),
    headers: headers && JSON.stringify(lowerCaseNames(headers), undefined, 2),
  }))
  const html = `${page.slice(0, at)}
        ${client};
        (${explorerScript})({
          path: '/graphql',
          ...${JSON.stringify({ title, tabs: shown }).replaceAll('<', '\\u003c')},
          createClient: graphqlWs.createClient,
          render: YogaGraphiQL.renderYogaGraphiQL,
        })
      </script>
    </body>
  </html>
`
  const compressed = await promisify(gzip)(html)
  return { compressed, etag: `"${createHash('sha256').update(compressed).digest('base64url').slice(0, 22)}"` }
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** graphql-ws's client, as a script that defines `graphqlWs`. */
async function readClient(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('graphql-ws')
  return readFile(new URL('../umd/graphql-ws.min.js', `file://${main}`), 'utf8')
}
