/** All that goes over the wire between the connector and the sandbox, held against DocuSign's own description. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { startWorld, type World } from '../../test-world.ts'
import { type Exchanged, tapWire } from '../../wire-tap.ts'
import { openJudge, skip } from './description.ts'
import { envelope } from './subjects.ts'
import { docusign } from './vendor.ts'

/** The connector with the wire tapped. */
interface Tapped {
  readonly esign: (key: string, mode?: 'make' | 'probe') => ReturnType<World['open']>['esign']
  /** What went over the wire since this was last called, signing in left out. */
  readonly exchanged: () => readonly Exchanged[]
  readonly world: World
  /** Where the tapped wire begins. */
  readonly url: string
}

async function tapped(use: (tapped: Tapped) => Promise<void>): Promise<void> {
  const world = await startWorld({ settingsFor: ['docusign'] })
  const wire = await tapWire(world.sandbox.url)
  try {
    const settings = { SIJIL_DOCUSIGN_OAUTH_URL: `${wire.url}/docusign` }
    let seen = 0
    await use({
      esign: (key, mode = 'make') => world.openWith(settings, { mode, key }).esign,
      exchanged: () => {
        const since = wire.exchanged.slice(seen).filter(({ path }) => !path.startsWith('/docusign/oauth/'))
        seen = wire.exchanged.length
        return since
      },
      world,
      url: wire.url,
    })
  } finally {
    await wire.close()
    await world.close()
  }
}

const signAll = ({ sandbox }: World, envelopeId: string) => {
  for (const recipientId of ['1', '2']) sandbox.of(docusign).sign(envelopeId, recipientId)
}

test('an envelope, what is asked of it, what voids it, and the answers', { skip }, () =>
  tapped(async ({ esign, exchanged, world }) => {
    const judge = openJudge()
    const sent = await esign('run/send#1').sendEnvelope(envelope)
    const [sending] = exchanged()
    assert.ok(sending)
    assert.equal(judge.exchanged(sending), 'Envelopes_PostEnvelopes')
    for (const wrong of [{ surprise: '1' }, { documents: undefined }, { recipients: { signers: [{ name: 'x' }] } }])
      assert.throws(
        () => judge.exchanged({ ...sending, body: { ...Object(sending.body), ...wrong } }),
        /envelopeDefinition/,
      )
    assert.throws(() => judge.exchanged({ ...sending, answer: { status: 'sent' } }), /envelopeSummary/)
    assert.throws(() => judge.exchanged({ ...sending, path: `${sending.path}/all` }), /not described/)

    await esign('run/send#1', 'probe').sendEnvelope(envelope)
    await assert.rejects(esign('run/send#2', 'probe').sendEnvelope(envelope), { name: 'NeverHappened' })
    await esign('run/read#1').readStatus(sent)
    await assert.rejects(esign('run/read#1').readStatus({ envelopeId: 'unknown' }))
    await esign('run/undo#1').voidEnvelope({ ...sent, reason: 'Changed terms' })
    await esign('run/undo#2').voidEnvelope({ ...sent, reason: 'Changed terms' })
    const rest = exchanged()
    const names = rest.map((exchange) => `${judge.exchanged(exchange)} ${exchange.status}`)
    assert.deepEqual(names, [
      'Envelopes_GetEnvelopes 200',
      'Envelopes_GetEnvelopes 200',
      'Envelopes_GetEnvelopes 200',
      'Envelopes_GetEnvelope 200',
      'Envelopes_GetEnvelope 404',
      'Envelopes_PutEnvelope 200',
      'Envelopes_PutEnvelope 400',
      'Envelopes_GetEnvelope 200',
    ])
    const [listing, , , , , voiding] = rest
    assert.ok(listing && voiding)
    assert.throws(() => judge.exchanged({ ...listing, query: { key: 'run/send#1' } }), /no parameter key/)
    assert.throws(() => judge.exchanged({ ...voiding, body: { status: 'voided' } }), /voidedReason/)
    assert.throws(() => judge.exchanged({ ...voiding, answer: {} }), /envelopeUpdateSummary/)

    const other = await esign('run/send#3').sendEnvelope(envelope)
    signAll(world, other.envelopeId)
    exchanged()
    await esign('run/read#1').readSignedDocument(other)
    await esign('run/read#1').readCertificate(other)
    assert.deepEqual(
      exchanged().map((exchange) => judge.exchanged(exchange)),
      ['Envelopes_GetEnvelope', 'Documents_GetDocument', 'Envelopes_GetEnvelope', 'Documents_GetDocument'],
    )
  }),
)

test('a reminder, and the answers to it', { skip }, () =>
  tapped(async ({ esign, exchanged, world, url }) => {
    const judge = openJudge()
    const sent = await esign('run/send#1').sendEnvelope(envelope)
    exchanged()
    await esign('run/remind#1').remindSigners(sent)
    const [reading, reminding, ...more] = exchanged()
    assert.ok(reading && reminding)
    assert.deepEqual(more, [])
    assert.deepEqual(
      [reading, reminding].map((exchange) => judge.exchanged(exchange)),
      ['Envelopes_GetEnvelope', 'Envelopes_PutEnvelope'],
    )
    assert.deepEqual([reminding.query, reminding.body], [{ resend_envelope: 'true' }, {}])
    const wrong: readonly (readonly [Partial<Exchanged>, RegExp])[] = [
      [{ query: { resend: 'true' } }, /no parameter resend/],
      [{ query: { resend_envelope: 'yes' } }, /resend_envelope/],
      // Without it the same request is a change that says nothing.
      [{ query: {} }, /voiding/],
      [{ body: { surprise: '1' } }, /resending/],
      [{ body: { status: 'voided', voidedReason: 'x' } }, /resending/],
      [{ body: undefined }, /resending/],
      [{ method: 'POST' }, /not described/],
      [{ path: `${reminding.path}/reminders` }, /not described/],
      [{ status: 201 }, /does not answer 201/],
      [{ answer: {} }, /envelopeUpdateSummary/],
      [{ answer: { envelopeId: 1 } }, /envelopeUpdateSummary/],
      [{ answer: { ...sent, reminded: 'true' } }, /envelopeUpdateSummary/],
      [{ status: 400, answer: { code: 'x' } }, /errorDetails/],
    ]
    for (const [changed, says] of wrong) assert.throws(() => judge.exchanged({ ...reminding, ...changed }), says)

    // All have signed between the reading and the reminder: the vendor says no.
    world.sandbox.faults.add({ vendor: 'docusign', operation: 'remindSigners', kind: 'refuse' })
    await assert.rejects(esign('run/remind#2').remindSigners(sent), { name: 'EffectRefused' })
    signAll(world, sent.envelopeId)
    await assert.rejects(esign('run/remind#3').remindSigners(sent), { name: 'EffectRefused', code: 'NOT_OUT' })
    const refused = exchanged()
    assert.deepEqual(
      refused.map((exchange) => `${judge.exchanged(exchange)} ${exchange.status}`),
      ['Envelopes_GetEnvelope 200', 'Envelopes_PutEnvelope 400', 'Envelopes_GetEnvelope 200'],
    )
    await resent(world, `${url}${reminding.path}`)
    const late = exchanged()
    assert.deepEqual(
      late.map((exchange) => `${judge.exchanged(exchange)} ${exchange.status}`),
      ['Envelopes_PutEnvelope 400'],
    )
  }),
)

/** The reminder once more, by the hand of somebody who does not look first whether it is too late. */
async function resent({ sandbox }: World, url: string): Promise<void> {
  const form = sandbox.requests().find(({ operation }) => operation === 'signIn')?.body ?? ''
  const signedIn = await fetch(new URL('/docusign/oauth/token', url), { method: 'POST', body: form })
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await signedIn.json())
  const headers = { authorization: `Bearer ${token}` }
  await (await fetch(`${url}?resend_envelope=true`, { method: 'PUT', headers, body: '{}' })).arrayBuffer()
}
