/**
 * Apollo Sandbox, embedded. It comes from Apollo's servers, not from us: a browser that cannot reach them is told so, and where the
 * explorer is that needs nothing from elsewhere. Subscriptions go over graphql-transport-ws.
 */
export function renderSandbox(options: { endpoint: string; title: string }): string {
  const { endpoint, title } = options
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${title}</title>
    <style>
      html, body, #sandbox { margin: 0; height: 100%; }
      #offline { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 4em auto; padding: 0 1em; }
    </style>
  </head>
  <body>
    <div id="sandbox"></div>
    <main id="offline" hidden>
      <h1>Apollo Sandbox cannot be reached</h1>
      <p>This page loads Apollo Sandbox from Apollo's servers, and this browser cannot reach them.
      <a href="/">GraphiQL</a> is part of this gateway and works offline.</p>
    </main>
    <script>
      function showOffline() {
        document.getElementById('sandbox').remove();
        document.getElementById('offline').hidden = false;
      }
    </script>
    <script src="https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js" onerror="showOffline()"></script>
    <script>
      if (window.EmbeddedSandbox) {
        new window.EmbeddedSandbox({
          target: '#sandbox',
          initialEndpoint: new URL(${JSON.stringify(endpoint)}, location.href).href,
          initialSubscriptionEndpoint: new URL(${JSON.stringify(endpoint)}, location.href).href.replace(/^http/, 'ws'),
          runTelemetry: false,
        });
      }
    </script>
  </body>
</html>
`
}
