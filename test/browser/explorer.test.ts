import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type StartedProcess, startProcess } from '../startProcess.ts'

const executablePath = '/usr/bin/chromium'
const dataDir = mkdtempSync(join(tmpdir(), 'tributary-browser-'))
const output = fileURLToPath(new URL('output/', import.meta.url))

/** GraphiQL in headless Chromium, on the graph that `npm start` runs. */
describe('GraphiQL', () => {
  let graph: StartedProcess
  let url: string
  let browser: Browser
  let page: Page
  const problems: string[] = []
  const requested = new Set<string>()

  beforeAll(async () => {
    if (!existsSync(executablePath)) throw new Error('Expected Chromium: apt-get install chromium')
    mkdirSync(output, { recursive: true })
    graph = startProcess('start.ts', { DATA_DIR: dataDir, PORT: '0' })
    url = (await graph.waitFor(/GraphiQL\s+(http:\S+)/))[1] ?? ''
    await graph.waitFor(/Ctrl-C/)
    browser = await chromium.launch({
      executablePath,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
        ...['--disable-component-update', '--disable-sync'],
      ],
    })
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => requested.add(new URL(request.url()).host))
    await page.goto(url)
    await page.locator('.graphiql-execute-button').waitFor()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await graph?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }, 30_000)

  const result = () => page.locator('.result-window').textContent()

  /** Tabs can be dragged, and fly to their places first: a click that comes too early is taken for a drag. */
  async function select(tab: string): Promise<void> {
    const active = page.locator('.graphiql-tab-active', { hasText: tab })
    let switches = 0
    for (; switches < 10 && (await active.count()) === 0; switches++) {
      await page.locator('.graphiql-tab-button', { hasText: tab }).click()
      await active.waitFor({ timeout: 1_000 }).catch(() => undefined)
    }
    expect(await active.count()).toBe(1)
    // What it shows it stores, a moment later: then it has taken the operation over.
    if (switches > 0) await page.waitForFunction((name) => localStorage.getItem('graphiql:query')?.includes(name), tab)
  }

  async function run(tab: string): Promise<void> {
    await select(tab)
    await page.locator('.graphiql-execute-button').click()
  }

  /** Monaco shows its lines with no-break spaces, and only those in sight: reading stops where the text is found. */
  async function shows(pattern: RegExp, timeoutMs = 60_000): Promise<string> {
    const handle = await page.waitForFunction(
      ([source]) => {
        const text = document.querySelector('.result-window')?.textContent?.replaceAll('\u00a0', ' ') ?? ''
        return new RegExp(source ?? '').exec(text)?.[0]
      },
      [pattern.source],
      { timeout: timeoutMs },
    )
    return String(await handle.jsonValue())
  }

  test('runs the example query', async () => {
    await run('Profile')
    expect(await shows(/"name": "Claire Gute"/)).toContain('Claire Gute')
    expect(await shows(/"orders"/)).toBe('"orders"')
    expect(await result()).not.toContain('errors')
    await page.screenshot({ path: join(output, 'query.png') })
  }, 90_000)

  test('starts a job and follows it to its end with the example subscription', async () => {
    await run('Train')
    const id = /[0-9a-f-]{36}/.exec(await shows(/"id": "[0-9a-f-]{36}"/))?.[0]
    expect(id).toBeDefined()

    await select('Follow')
    await page.locator('.graphiql-editor-tool .view-lines').first().click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText(JSON.stringify({ id }))
    // The editor closes quotes and brackets by itself: once more behind ours.
    await page.keyboard.press('Control+Shift+End')
    await page.keyboard.press('Delete')
    await page.locator('.graphiql-execute-button').click()
    await shows(/"status": "RUNNING"/)
    await page.screenshot({ path: join(output, 'running.png') })
    await shows(/"status": "SUCCEEDED"/)
    await shows(/"fraction": 1/)
    await shows(/"name": "Claire Gute"/)
    await page.screenshot({ path: join(output, 'finished.png') })
  }, 120_000)

  test('needs nothing from elsewhere', () => {
    expect(problems).toEqual([])
    expect([...requested].filter((host) => host !== '')).toEqual([new URL(url).host])
  })
})
