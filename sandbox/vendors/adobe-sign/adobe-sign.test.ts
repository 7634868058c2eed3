import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { EffectNotMade, EffectRefused, EffectUnknown, SafeToRepeat } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { envelope, remindSigners, sendEnvelope, voidEnvelope } from './subjects.ts'
import { adobeSign } from './vendor.ts'

connectorSuite(sendEnvelope)
connectorSuite(voidEnvelope)
connectorSuite(remindSigners)

const KEY = 'run/send#1'
const esign = (world: World, key = KEY, mode: 'make' | 'probe' = 'make') => world.open({ mode, key }).esign
const vendor = ({ sandbox }: World) => sandbox.of(adobeSign)
const acts = ({ sandbox }: World, action: string) => sandbox.acts().filter((act) => act.action === action).length

/** Whoever's turn it is signs, until all have. */
function signAll(world: World, id: string): void {
  const agreement = vendor(world)
    .agreements()
    .find((one) => one.id === id)
  for (const participant of agreement?.participants ?? []) vendor(world).sign(id, participant.id)
}

function inWorld(title: string, body: (world: World) => Promise<void>): void {
  test(title, async () => {
    const world = await startWorld({ settingsFor: ['adobe-sign'] })
    try {
      await body(world)
    } finally {
      await world.close()
    }
  })
}

inWorld('an agreement is signed by all in turn, and the sender hears of it with our key', async (world) => {
  const { envelopeId } = await esign(world).sendEnvelope(envelope)
  assert.deepEqual(await esign(world).readStatus({ envelopeId }), { envelopeId, status: 'out' })
  await world.sandbox.webhooks.settled()
  signAll(world, envelopeId)
  await world.sandbox.webhooks.settled()
  const told = world.events.map(({ id, effectKey, account }) => ({ id, effectKey, account }))
  const account = world.sandbox.settings['SIJIL_ADOBE_SIGN_CLIENT_ID']
  for (const event of told) assert.deepEqual({ ...event, id: '' }, { id: '', effectKey: KEY, account })
  assert.deepEqual([...new Set(told.map(({ id }) => id))], [`${envelopeId}/sent`, `${envelopeId}/signed`])
  for (const { lastStatus } of world.sandbox.webhooks.all()) assert.equal(lastStatus, 200)
})

inWorld('the document arrives as it was, under its own name', async (world) => {
  await esign(world).sendEnvelope(envelope)
  const upload = world.sandbox.requests().find(({ operation }) => operation === 'uploadDocument')
  assert.ok(upload?.body.includes(envelope.document.name))
  const [agreement] = vendor(world).agreements()
  assert.deepEqual(
    agreement?.participants.map(({ order, name, email }) => ({ order, name, email })),
    envelope.signers.map(({ name, email }, index) => ({ order: index + 1, name, email })),
  )
})

inWorld('a hint that lies is not believed: what counts is what is read', async (world) => {
  const { envelopeId } = await esign(world).sendEnvelope(envelope)
  await world.sandbox.webhooks.settled()
  vendor(world).lie('AGREEMENT_WORKFLOW_COMPLETED', envelopeId)
  await world.sandbox.webhooks.settled()
  assert.deepEqual([...new Set(world.events.map(({ event }) => event))], ['sent'])
})

inWorld('a hint that cannot be confirmed is told again, and then counts', async (world) => {
  world.sandbox.webhooks.hold()
  const { envelopeId } = await esign(world).sendEnvelope(envelope)
  world.sandbox.faults.add({ vendor: 'adobe-sign', operation: 'readAgreement', kind: 'fail' })
  world.sandbox.webhooks.release()
  await world.sandbox.webhooks.settled()
  assert.ok(world.sandbox.webhooks.all().some(({ attempts }) => attempts > 1))
  assert.ok(world.events.some(({ id }) => id === `${envelopeId}/sent`))
})

inWorld('what a signer declined is told apart from what we withdrew', async (world) => {
  const first = await esign(world, 'run/send#1').sendEnvelope(envelope)
  const second = await esign(world, 'run/send#2').sendEnvelope(envelope)
  const participant = vendor(world).agreements()[0]?.participants[0]?.id ?? ''
  vendor(world).decline(first.envelopeId, participant)
  await esign(world, 'run/undo#2').voidEnvelope({ ...second, reason: 'The terms changed' })
  assert.equal((await esign(world).readStatus(first)).status, 'declined')
  assert.equal((await esign(world).readStatus(second)).status, 'voided')
  await world.sandbox.webhooks.settled()
  const last = (id: string) => world.events.findLast(({ reference }) => reference === id)?.event
  assert.equal(last(first.envelopeId), 'declined')
  assert.equal(last(second.envelopeId), 'voided')
})

for (const operation of ['createDraft', 'sendEnvelope'])
  for (const kind of ['drop', 'drop after acting', 'fail after acting'] as const)
    inWorld(`${kind} at ${operation}: however often it is tried, one agreement is sent`, async (world) => {
      world.sandbox.faults.add({ vendor: 'adobe-sign', operation, kind })
      assert.ok((await failureOf(esign(world).sendEnvelope(envelope))) instanceof EffectUnknown)
      const { envelopeId } = await esign(world).sendEnvelope(envelope)
      assert.equal(acts(world, 'envelope sent'), 1)
      assert.equal(acts(world, 'agreement drafted'), 1)
      assert.deepEqual(await esign(world, KEY, 'probe').sendEnvelope(envelope), { envelopeId })
    })

inWorld('a draft that comes late, after another was sent, is left alone', async (world) => {
  world.sandbox.faults.add({ vendor: 'adobe-sign', operation: 'createDraft', kind: 'drop after acting' })
  assert.ok((await failureOf(esign(world).sendEnvelope(envelope))) instanceof EffectUnknown)
  await assert.rejects(esign(world, KEY, 'probe').sendEnvelope(envelope), SafeToRepeat)
  const { envelopeId } = await esign(world).sendEnvelope(envelope)
  // Another draft with our key, as a request that was late on its way would make it.
  const late = world.sandbox.requests().findLast(({ operation }) => operation === 'createDraft')?.body ?? ''
  await repeated(world, late)
  assert.equal(acts(world, 'agreement drafted'), 2)
  assert.deepEqual(await esign(world, KEY, 'probe').sendEnvelope(envelope), { envelopeId })
  assert.deepEqual(await esign(world).sendEnvelope(envelope), { envelopeId })
  assert.equal(acts(world, 'envelope sent'), 1)
})

inWorld('a document that was not taken means that nothing was sent', async (world) => {
  for (const kind of ['drop', 'fail', 'drop after acting'] as const) {
    world.sandbox.faults.add({ vendor: 'adobe-sign', operation: 'uploadDocument', kind })
    const failure = await failureOf(esign(world).sendEnvelope(envelope))
    assert.ok(failure instanceof EffectNotMade)
    assert.equal(failure.code, 'NOT_UPLOADED')
  }
  world.sandbox.faults.add({ vendor: 'adobe-sign', operation: 'uploadDocument', kind: 'refuse' })
  assert.ok((await failureOf(esign(world).sendEnvelope(envelope))) instanceof EffectRefused)
  assert.equal(acts(world, 'agreement drafted'), 0)
})

inWorld('the signed document and the audit trail are read when all have signed, and not before', async (world) => {
  const sent = await esign(world).sendEnvelope(envelope)
  for (const early of [esign(world).readSignedDocument(sent), esign(world).readCertificate(sent)])
    await assert.rejects(early, { name: 'EffectRefused', code: 'NOT_SIGNED' })
  signAll(world, sent.envelopeId)
  const document = await esign(world).readSignedDocument(sent)
  const trail = await esign(world).readCertificate(sent)
  assert.notEqual(document.contentBase64, envelope.document.contentBase64)
  assert.match(Buffer.from(trail.contentBase64, 'base64').toString('latin1'), /^%PDF-[\s\S]*Audit trail/)
  for (const mode of ['make', 'probe'] as const)
    await assert.rejects(esign(world, 'run/undo#1', mode).voidEnvelope({ ...sent, reason: 'too late' }), {
      name: 'EffectRefused',
      code: 'ENVELOPE_COMPLETED',
    })
})

inWorld('only those whose turn it is are reminded, and nobody of what is over', async (world) => {
  const sent = await esign(world).sendEnvelope(envelope)
  await esign(world, 'run/remind#1').remindSigners(sent)
  const [first] = vendor(world).agreements()[0]?.participants ?? []
  const asked = world.sandbox.requests().find(({ operation }) => operation === 'remindSigners')
  assert.deepEqual(JSON.parse(asked?.body ?? ''), { recipientParticipantIds: [first?.id], status: 'ACTIVE' })
  signAll(world, sent.envelopeId)
  await assert.rejects(esign(world, 'run/remind#2').remindSigners(sent), { name: 'EffectRefused', code: 'NOT_OUT' })
})

inWorld(
  'the servers that hold the account are asked for once, and a token that was refused is renewed',
  async (world) => {
    const count = (name: string) => world.sandbox.requests().filter(({ operation }) => operation === name).length
    await esign(world).sendEnvelope(envelope)
    await esign(world).sendEnvelope(envelope)
    const before = { signIn: count('signIn'), readBaseUris: count('readBaseUris') }
    assert.deepEqual(before, { signIn: 1, readBaseUris: 1 })
    vendor(world).revokeTokens()
    assert.ok((await failureOf(esign(world, 'run/send#3').sendEnvelope(envelope))) instanceof EffectNotMade)
    await esign(world, 'run/send#3').sendEnvelope(envelope)
    assert.equal(count('signIn'), 2)
  },
)

/** Sends the bytes of a request once more, outside the connector. */
async function repeated({ sandbox }: World, body: string): Promise<void> {
  const form = sandbox.requests().find(({ operation }) => operation === 'signIn')?.body ?? ''
  const signedIn = await fetch(`${sandbox.url}/adobe-sign/oauth/v2/refresh`, { method: 'POST', body: form })
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await signedIn.json())
  const answer = await fetch(`${sandbox.url}/adobe-sign/eu1/api/rest/v6/agreements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  })
  assert.equal(answer.status, 201)
}
