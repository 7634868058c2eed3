/** Operators may read what Temporal keeps sealed, of their own organisation, where that is switched on; and nobody else. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { defaultPayloadConverter } from '@temporalio/common'
import { z } from 'zod'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { startCodecRelay } from '../../src/cli/codec-relay.ts'
import { connect } from '../../src/cli/server.ts'
import { payloadCodec } from '../../src/engine/temporal/payload-codec.ts'
import { freePort } from '../support/free-port.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

const Payloads = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), z.string()), data: z.string() })),
})
type Plain = z.infer<typeof Payloads>['payloads'][number]

const key = { id: 'k1', key: randomBytes(32) }
const codec = payloadCodec([key])
const PAGE = 'http://localhost:8233'

const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64')
/** As it lies on the cluster, and as Temporal's page sends it. */
async function sealed(value: unknown, workflowId?: string, by = codec): Promise<Plain> {
  const context =
    workflowId === undefined ? undefined : ({ type: 'workflow', namespace: 'default', workflowId } as const)
  const [payload] = await by.encode([defaultPayloadConverter.toPayload(value)], context)
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)] as const)
  return { metadata: Object.fromEntries(metadata), data: base64(payload?.data) }
}
/** With one bit of its last byte changed. */
const flipped = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)))
const clear = ({ data }: Plain): unknown => JSON.parse(Buffer.from(data, 'base64').toString('utf8'))

suite('What Temporal keeps sealed', { timeout: 120_000 }, () => {
  let world: ServedWorld
  let run = ''
  before(async () => {
    // Nobody listens there: the server starts all the same.
    world = await openServedWorld({
      SIJIL_TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      SIJIL_TEMPORAL_CODEC: 'on',
      SIJIL_TEMPORAL_KEYS: `${key.id}:${base64(key.key)}`,
    })
    run = await world.people.startSample('codec', sampleApplication)
  })
  after(() => world.close())

  const decode = async (payloads: readonly Plain[]) =>
    Payloads.parse(await world.people.ask('yousef', 'POST', '/temporal/decode', { payloads })).payloads

  test('is opened for an operator, and the audit log says so once for each request', async () => {
    const [one, other] = await decode([await sealed({ fit: 1 }, `${run}.1`), await sealed('done', `${run}.2`)])
    assert.ok(one && other)
    assert.deepEqual([clear(one), clear(other)], [{ fit: 1 }, 'done'])
    const { audit } = z
      .object({ audit: z.array(z.object({ what: z.string() })) })
      .parse(await world.people.ask('yousef', 'GET', `/runs/${run}`))
    assert.equal(audit.filter(({ what }) => what === 'payloads.opened').length, 1)
  })

  test('stays sealed when it is of no run, of none of this organisation, changed, or under another key', async () => {
    const ours = await sealed('a secret', `${run}.1`)
    const theirs = await sealed('a secret', `${randomUUID()}.1`)
    const asked = [
      await sealed('a secret'),
      theirs,
      { ...theirs, metadata: { ...theirs.metadata, 'sealed-for': base64(Buffer.from(`${run}.1`)) } },
      { ...ours, data: base64(flipped(Buffer.from(ours.data, 'base64'))) },
      { ...ours, data: '' },
      await sealed('a secret', `${run}.1`, payloadCodec([{ id: 'k2', key: randomBytes(32) }])),
      await sealed('a secret', `${run}.1`, payloadCodec([{ id: 'k1', key: randomBytes(32) }])),
      await sealed('a secret', "1' or '1'='1"),
    ]
    assert.deepEqual(await decode(asked), asked)
  })

  test('is refused to whoever is no operator, has no key, or sends something else', async () => {
    const body = JSON.stringify({ payloads: [await sealed(1, `${run}.1`)] })
    const post = async (headers: Readonly<Record<string, string>>, sent = body) => {
      const answer = await fetch(`${world.url}/temporal/decode`, { method: 'POST', headers, body: sent })
      const { error } = z.object({ error: z.object({ code: z.string() }) }).parse(await answer.json())
      return error.code
    }
    const json = { 'content-type': 'application/json' }
    const as = (person: string) => ({ ...json, authorization: `Bearer ${world.people.keyOf(person)}` })
    assert.equal(await post(json), 'NO_KEY')
    assert.equal(await post(as('faisal')), 'NOT_ALLOWED')
    assert.equal(await post(as('yousef'), '{"payloads":[{"data":"not base64!"}]}'), 'INVALID_REQUEST')
    assert.equal(
      (await fetch(`${world.url}/temporal/encode`, { method: 'POST', headers: as('yousef'), body })).status,
      404,
    )
  })

  suite("and is shown in Temporal's page by a relay on the operator's machine", () => {
    const relay = () => {
      const server = connect({ SIJIL_URL: world.url, SIJIL_KEY: world.people.keyOf('yousef') }, { lang: 'en' })
      return startCodecRelay({ origins: [PAGE], port: 0, decode: (body) => server.post('/temporal/decode', body) })
    }

    test('to pages of its origin, with the key of the operator', async () => {
      const { endpoint, close } = await relay()
      try {
        const asks = await fetch(`${endpoint}/decode`, {
          method: 'OPTIONS',
          headers: { origin: PAGE, 'access-control-request-headers': 'content-type,x-namespace' },
        })
        assert.equal(asks.status, 204)
        assert.equal(asks.headers.get('access-control-allow-headers'), 'content-type,x-namespace')
        const answer = await fetch(`${endpoint}/decode`, {
          method: 'POST',
          headers: { origin: PAGE, 'content-type': 'application/json', 'x-namespace': 'default' },
          body: JSON.stringify({ payloads: [await sealed({ fit: 1 }, `${run}.1`)] }),
        })
        assert.equal(answer.headers.get('access-control-allow-origin'), PAGE)
        const [opened] = Payloads.parse(await answer.json()).payloads
        assert.ok(opened)
        assert.deepEqual(clear(opened), { fit: 1 })
      } finally {
        await close()
      }
    })

    test('and to no other page, nor to whoever does not know its address', async () => {
      const { endpoint, close } = await relay()
      const body = JSON.stringify({ payloads: [await sealed(1, `${run}.1`)] })
      const post = async (url: string, headers: Readonly<Record<string, string>>) =>
        (await fetch(url, { method: 'POST', headers, body })).status
      try {
        assert.equal(await post(`${endpoint}/decode`, { origin: 'http://evil.example' }), 403)
        assert.equal(await post(`${endpoint}/decode`, {}), 403)
        assert.equal(await post(`${new URL(endpoint).origin}/decode`, { origin: PAGE }), 404)
        assert.equal(await post(`${endpoint}/encode`, { origin: PAGE }), 404)
      } finally {
        await close()
      }
    })
  })
})
