import { once } from 'node:events'
import { createServer, globalAgent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { listen } from '@tributary/runtime'
import type { Job } from '../ledger/Job.ts'
import { createTargetPolicy, isTarget, type TargetPolicyOptions } from './createTargetPolicy.ts'
import { sendWebhook } from './sendWebhook.ts'

/** What an attacker wants to reach. */
const target = createServer((_request, response) => {
  requests++
  response.end()
})
let connections = 0
let requests = 0
let port: number
target.on('connection', () => connections++)

beforeAll(async () => {
  port = await listen(target, { port: 0, host: '127.0.0.1', setting: 'PORT' })
})
afterAll(() => {
  target.closeAllConnections()
  target.close()
})

const publicAddress = { address: '93.184.215.14', family: 4 }
const loopback = { address: '127.0.0.1', family: 4 }

function send(url: string, options: TargetPolicyOptions, { checkText = true } = {}) {
  const policy = createTargetPolicy(options)
  // A webhook needs no more of the job than these.
  const job = { id: 'id', seq: 1, owner: 'ann' } as Job
  // Without the check of the text, to see that of the address alone.
  const unchecked = { ...policy, checkText: (text: string) => new URL(text) }
  return sendWebhook({
    webhook: { url, job, number: 1 },
    secret: 'a secret',
    policy: checkText ? policy : unchecked,
  })
}

const notPublic = [
  'http://169.254.169.254/latest/meta-data/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://2130706433/',
  'https://①②⑦.⓪.⓪.①/',
  'https://0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://100.100.100.200/',
  'https://192.0.0.192/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::127.0.0.1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fec0::1]/',
]
const notTaken = [
  'http://hooks.example/',
  'https://hooks.example:8443/',
  'https://hooks.example:22/',
  'https://me@hooks.example/',
  'https://me:pass@hooks.example/',
  'https://hooks.example@127.0.0.1/',
  'file:///etc/passwd',
  'gopher://hooks.example/',
  'ftp://hooks.example/',
  'data:text/plain,a',
  'javascript:1',
  '//hooks.example/',
  'hooks.example',
  '',
  'https://',
  `https://hooks.example/${'a'.repeat(2_000)}`,
]

describe('a policy', () => {
  const refused = [...notPublic, ...notTaken].map((url) => ({ url, title: url.slice(0, 60) }))
  test.each(refused)('refuses $title, and nothing is asked', async ({ url }) => {
    const resolve = async () => [publicAddress]
    const policy = createTargetPolicy({ resolve, allowHttp: url.startsWith('http://169') })
    await expect(policy.check(url)).rejects.toMatchObject({ extensions: { code: 'URL_NOT_ALLOWED' } })
    expect(await send(url, { resolve })).toMatchObject({ isDelivered: false, status: null })
  })

  test('takes public https, and http where that is allowed', async () => {
    const resolve = async () => [publicAddress, { address: '2606:2800:21f:cb07:6820:80da:af6b:8b2c', family: 6 }]
    const policy = createTargetPolicy({ resolve })
    for (const url of ['https://hooks.example/a?b=c', 'https://hooks.example:443/', 'https://93.184.215.14/']) {
      expect((await policy.check(url)).protocol).toBe('https:')
    }
    const withHttp = createTargetPolicy({ resolve, allowHttp: true })
    expect((await withHttp.check('http://hooks.example/')).protocol).toBe('http:')
  })

  test.each([
    ['loopback', [loopback]],
    ['a public and a private one', [publicAddress, { address: '10.0.0.1', family: 4 }]],
    ['IPv4 in IPv6', [{ address: '::ffff:127.0.0.1', family: 6 }]],
    ['none', []],
  ])('refuses a host whose addresses are %s', async (_what, addresses) => {
    const options = { resolve: async () => addresses }
    await expect(createTargetPolicy(options).check('https://hooks.example/')).rejects.toMatchObject({
      extensions: { code: 'URL_NOT_ALLOWED' },
    })
    expect((await send(`http://hooks.example:${port}/`, options, { checkText: false })).status).toBeNull()
    expect(connections).toBe(0)
  })

  test('connects to what it has checked: a host that is public when it is given and loopback afterwards is not asked', async () => {
    const answers = [[publicAddress], [loopback]]
    const resolve = async () => answers.shift() ?? [loopback]
    const options = { resolve }
    await createTargetPolicy(options).check('https://hooks.example/')
    expect(await send(`http://hooks.example:${port}/`, options, { checkText: false })).toEqual({
      isDelivered: false,
      status: null,
      error: '`webhookUrl` has a host without a public address',
    })
    expect(answers).toEqual([])
    expect(connections).toBe(0)
  })

  test('uses no connection that somebody else has opened to the same host', async () => {
    const url = `http://localhost:${port}/`
    // What a program uses that checks nothing, and keeps its connections.
    const pooled = request(url, { agent: globalAgent }).end()
    const [response] = await once(pooled, 'response')
    await once(response.resume(), 'end')
    const before = { connections, requests }
    expect((await send(url, {}, { checkText: false })).status).toBeNull()
    expect({ connections, requests }).toEqual(before)
    pooled.destroy()
  })

  test.each(['hooks.example', '127.0.0.0/8', '127.0.0.1'])('with %s on its list, reaches it', async (allow) => {
    const before = requests
    const options = { allow: [allow], resolve: async () => [loopback] }
    const url = allow === 'hooks.example' ? `http://hooks.example:${port}/` : `http://127.0.0.1:${port}/`
    expect((await createTargetPolicy(options).check(url)).port).toBe(String(port))
    expect(await send(url, options)).toEqual({ isDelivered: true, status: 200, error: null })
    expect(requests).toBe(before + 1)
    await expect(createTargetPolicy(options).check('https://10.0.0.1/')).rejects.toThrow()
  })
})

test('an answer counts by its status: whoever sends a body without end has its connection closed', async () => {
  const endless = createServer((_request, response) => {
    response.writeHead(200)
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', write)
    response.on('close', () => endless.emit('left'))
    write()
  })
  const left = once(endless, 'left')
  const endlessPort = await listen(endless, { port: 0, host: '127.0.0.1', setting: 'PORT' })
  expect(await send(`http://127.0.0.1:${endlessPort}/`, { allow: ['127.0.0.1'] })).toMatchObject({ isDelivered: true })
  await left
  endless.close()
})

test('what may be on the list is a host, an address or a range', () => {
  expect(['a.example', '10.0.0.0/8', '::1', 'fd00::/8', '127.0.0.1'].every(isTarget)).toBe(true)
  expect(['http://a.example', '10.0.0.0/33', 'a b', '*'].some(isTarget)).toBe(false)
})
