import type { Page } from './Page.ts'

/** Apollo Sandbox, which comes from Apollo's servers; says so where it cannot be had, and where else to go. */
export const sandboxPage: Page = {
  async send(_request, response) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }).end(html)
  },
}

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Apollo Sandbox</title>
    <style>
      html, body, #sandbox { margin: 0; height: 100%; font: 16px/1.5 system-ui, sans-serif; }
      p { max-width: 40em; margin: 4em auto; padding: 0 1em; }
    </style>
  </head>
  <body>
    <div id="sandbox"><p>Apollo Sandbox is loading from Apollo's servers. Without a way to the internet, use <a href="/">GraphiQL</a>, which is part of this gateway.</p></div>
    <script>
      function openSandbox() {
        const endpoint = location.origin + '/graphql'
        document.querySelector('#sandbox').replaceChildren()
        new EmbeddedSandbox({
          target: '#sandbox',
          initialEndpoint: endpoint,
          initialSubscriptionEndpoint: endpoint.replace(/^http/, 'ws'),
        })
      }
      function sayOffline() {
        document.querySelector('#sandbox p').textContent = "Apollo Sandbox could not be loaded from Apollo's servers: is this machine offline? "
        const link = Object.assign(document.createElement('a'), { href: '/', textContent: 'GraphiQL works offline.' })
        document.querySelector('#sandbox p').append(link)
      }
    </script>
    <script
      src="https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js"
      onload="openSandbox()" onerror="sayOffline()"></script>
  </body>
</html>
`
