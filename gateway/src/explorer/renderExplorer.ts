import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

/** What the explorer shows first, one tab each. `variables` and `headers` are JSON. */
export type ExplorerTab = { query: string; variables?: string; headers?: string }

/**
 * GraphiQL as one page of about 9 MB that needs nothing from elsewhere: queries over HTTP, subscriptions over graphql-transport-ws, both on
 * `endpoint` and with the headers of its header editor, which the browser remembers.
 */
export function renderExplorer(options: { endpoint: string; title: string; tabs: readonly ExplorerTab[] }): string {
  const { endpoint, title, tabs } = options
  const page = renderGraphiQL({ title })
  // The page's own fetcher opens sockets without the header editor's headers: ours takes its place.
  const start = page.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL(')
  const end = page.indexOf('</script>', start)
  if (start < 0 || end < 0) throw new Error('Expected render-graphiql to call YogaGraphiQL.renderYogaGraphiQL')
  const explorerOptions = {
    endpoint,
    title,
    shouldPersistHeaders: true,
    ...(tabs.length > 0 && { defaultTabs: tabs, defaultHeaders: tabs[0]?.headers }),
  }
  const script = [
    readFileSync(
      createRequire(import.meta.url)
        .resolve('graphql-ws')
        .replace(/dist[/\\].*$/, 'umd/graphql-ws.min.js'),
    ),
    `const explorerOptions = ${JSON.stringify(explorerOptions).replaceAll('<', '\\u003c')}`,
    readFileSync(new URL('explorerPage.js', import.meta.url), 'utf8'),
  ].join(';\n')
  return page.slice(0, start) + script + page.slice(end)
}
