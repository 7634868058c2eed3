import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { RETRY_WAITS_MS } from '../../src/outgoing-webhooks/attempt-end.ts'
import { eventTypes } from '../../src/outgoing-webhooks/event.ts'
import { signedHeaders } from '../../src/connectors/signed-headers.ts'

const root = new URL('../../', import.meta.url).pathname
const page = readFileSync(join(root, 'docs/outgoing-webhooks.md'), 'utf8')

let home = ''
before(() => {
  home = mkdtempSync(join(tmpdir(), 'sijil-receiver-'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
})
after(() => rmSync(home, { recursive: true, force: true }))

/** The page's own code, as a receiver would have it. */
async function shown(name: string): Promise<unknown> {
  const [, code] = new RegExp(`^ *\`\`\`js ${name}\n([\\s\\S]*?)^ *\`\`\`$`, 'm').exec(page) ?? []
  assert.ok(code, name)
  const file = join(home, `${name}.mjs`)
  writeFileSync(file, code)
  return import(pathToFileURL(file).href)
}

const secrets = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)
const [first = '', second = ''] = secrets
const body = '{"type":"run.created","سجل":1}'
const headers = signedHeaders(secrets, { id: 'msg_1', body, at: Date.now() })
const late = signedHeaders(secrets, { id: 'msg_1', body, at: Date.now() - 301_000 })

test('the code that the page shows takes what we sign and refuses everything else', async () => {
  type Verified = (secret: string, given: typeof headers, raw: string) => unknown
  const { verified } = (await shown('verify')) as { verified: Verified }
  type Genuine = (secret: string, given: typeof headers, raw: string) => boolean
  const { isGenuine } = (await shown('verify-by-hand')) as { isGenuine: Genuine }
  const other = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
  for (const secret of [first, second]) {
    assert.deepEqual(verified(secret, headers, body), JSON.parse(body))
    assert.equal(isGenuine(secret, headers, body), true)
  }
  for (const [secret, given, raw] of [
    [other, headers, body],
    [first, headers, `${body} `],
    [first, { ...headers, 'webhook-id': 'msg_2' }, body],
    [first, { ...headers, 'webhook-signature': 'v1,AAAA v2' }, body],
    [first, late, body],
  ] as const) {
    assert.throws(() => verified(secret, given, raw))
    assert.equal(isGenuine(secret, given, raw), false)
  }
})

test('the page names every event, and the waits as they are', () => {
  assert.deepEqual(
    [...page.matchAll(/^\| `(\w+\.\w+)` \|/gm)].map(([, name]) => name),
    eventTypes,
  )
  const [, waits = ''] = /tried ten times: at once, then ([\s\S]*?) after the attempt before/.exec(page) ?? []
  const unit = { s: 1_000, min: 60_000, h: 3_600_000 }
  const said = [...waits.matchAll(/(\d+) (s|min|h)\b/g)].map(
    ([, number, of]) => Number(number) * unit[of as keyof typeof unit],
  )
  assert.deepEqual(said, RETRY_WAITS_MS)
})
