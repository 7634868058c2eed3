import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { EffectRefused, SafeToRepeat } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { envelope, remindSigners, sendEnvelope, voidEnvelope } from './subjects.ts'
import { docusign } from './vendor.ts'

connectorSuite(sendEnvelope)
connectorSuite(voidEnvelope)
connectorSuite(remindSigners)

const send = (world: World, key: string) => world.open({ mode: 'make', key }).esign.sendEnvelope(envelope)
const withdraw = (world: World, envelopeId: string, mode: 'make' | 'probe' = 'make') =>
  world.open({ mode, key: 'run/undo-send#1' }).esign.voidEnvelope({ envelopeId, reason: 'The terms changed' })

test('an envelope is signed by all in turn, and the sender hears of it with our key', async () => {
  const world = await startWorld()
  const { sandbox, events } = world
  try {
    const { envelopeId } = await send(world, 'run/send#1')
    sandbox.of(docusign).sign(envelopeId, '2')
    sandbox.of(docusign).sign(envelopeId, '1')
    sandbox.of(docusign).sign(envelopeId, '2')
    await sandbox.webhooks.settled()
    assert.deepEqual(
      events.map(({ event, reference, effectKey }) => ({ event, reference, effectKey })),
      ['sent', 'delivered', 'signed'].map((event) => ({ event, reference: envelopeId, effectKey: 'run/send#1' })),
    )
    assert.deepEqual(
      sandbox
        .of(docusign)
        .envelopes()[0]
        ?.signers.map(({ status }) => status),
      ['completed', 'completed'],
    )
  } finally {
    await world.close()
  }
})

test('voiding twice is no error, and its probe reads the status', async () => {
  const world = await startWorld()
  try {
    const { envelopeId } = await send(world, 'run/send#1')
    await assert.rejects(withdraw(world, envelopeId, 'probe'), SafeToRepeat)
    assert.deepEqual(await withdraw(world, envelopeId), { envelopeId })
    assert.deepEqual(await withdraw(world, envelopeId), { envelopeId })
    assert.deepEqual(await withdraw(world, envelopeId, 'probe'), { envelopeId })
    assert.equal(world.sandbox.acts().filter(({ action }) => action === 'envelope voided').length, 1)
    await world.sandbox.webhooks.settled()
    assert.equal(world.events.at(-1)?.event, 'voided')
  } finally {
    await world.close()
  }
})

test('what all have signed can not be voided', async () => {
  const world = await startWorld()
  try {
    const { envelopeId } = await send(world, 'run/send#1')
    for (const recipientId of ['1', '2']) world.sandbox.of(docusign).sign(envelopeId, recipientId)
    for (const mode of ['make', 'probe'] as const) {
      const failure = await failureOf(withdraw(world, envelopeId, mode))
      assert.ok(failure instanceof EffectRefused)
      assert.equal(failure.code, 'ENVELOPE_COMPLETED')
    }
  } finally {
    await world.close()
  }
})

test('a declined envelope counts as withdrawn: nobody can sign it any more', async () => {
  const world = await startWorld()
  try {
    const { envelopeId } = await send(world, 'run/send#1')
    world.sandbox.of(docusign).decline(envelopeId, '1')
    assert.deepEqual(await withdraw(world, envelopeId), { envelopeId })
    await world.sandbox.webhooks.settled()
    assert.deepEqual(
      world.events.map(({ event }) => event),
      ['sent', 'declined'],
    )
  } finally {
    await world.close()
  }
})

test('an envelope of this week is found by its transaction id alone', async () => {
  const world = await startWorld()
  try {
    const sent = await send(world, 'run/send#1')
    assert.deepEqual(await world.open({ mode: 'probe', key: 'run/send#1' }).esign.sendEnvelope(envelope), sent)
    const lists = world.sandbox.requests().filter(({ operation }) => operation === 'listEnvelopes')
    assert.equal(lists.length, 1)
    assert.match(lists[0]?.body ?? '', /^transaction_ids=[0-9a-f-]{36}$/)
  } finally {
    await world.close()
  }
})

test('an envelope is found by its field when its transaction id has run out', async (t) => {
  const world = await startWorld()
  try {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 8 * 86_400_000 })
    const sent = await send(world, 'run/send#1')
    t.mock.timers.reset()
    assert.deepEqual(await world.open({ mode: 'probe', key: 'run/send#1' }).esign.sendEnvelope(envelope), sent)
  } finally {
    await world.close()
  }
})

test('one token serves many calls, and a revoked one is replaced at the next attempt', async () => {
  const world = await startWorld()
  const signIns = () => world.sandbox.requests().filter(({ operation }) => operation === 'signIn').length
  try {
    await send(world, 'run/send#1')
    await send(world, 'run/send#2')
    assert.equal(signIns(), 1)
    world.sandbox.of(docusign).revokeTokens()
    const failure = await failureOf(send(world, 'run/send#3'))
    assert.equal(failure instanceof Error && failure.name, 'EffectNotMade')
    await send(world, 'run/send#3')
    assert.equal(signIns(), 2)
  } finally {
    await world.close()
  }
})

test('the signed document and its certificate are read when all have signed, and not before', async () => {
  const world = await startWorld()
  const { sandbox, open } = world
  const read = () => open({ mode: 'make', key: 'run/read#1' }).esign
  try {
    const ref = await send(world, 'run/send#1')
    for (const early of [read().readSignedDocument(ref), read().readCertificate(ref)])
      await assert.rejects(early, { name: 'EffectRefused', code: 'NOT_SIGNED' })
    assert.deepEqual(await read().readStatus(ref), { ...ref, status: 'out' })
    for (const recipientId of ['1', '2']) sandbox.of(docusign).sign(ref.envelopeId, recipientId)
    assert.deepEqual(await read().readStatus(ref), { ...ref, status: 'signed' })
    const document = await read().readSignedDocument(ref)
    const certificate = await read().readCertificate(ref)
    for (const { contentBase64, sha256 } of [document, certificate]) {
      const bytes = Buffer.from(contentBase64, 'base64')
      assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
    }
    assert.notEqual(document.contentBase64, envelope.document.contentBase64)
    assert.match(Buffer.from(certificate.contentBase64, 'base64').toString(), /Certificate of completion/)
    // A reading operation begins nothing: a step without outside effect may use it.
    assert.equal(sandbox.acts().filter(({ key }) => key === 'run/read#1').length, 0)
  } finally {
    await world.close()
  }
})

test('a file that is none is not taken for one', async () => {
  const world = await startWorld()
  try {
    const ref = await send(world, 'run/send#1')
    for (const recipientId of ['1', '2']) world.sandbox.of(docusign).sign(ref.envelopeId, recipientId)
    world.sandbox.faults.add({ vendor: 'docusign', operation: 'readDocument', kind: 'malformed after acting' })
    await assert.rejects(world.open({ mode: 'make', key: 'run/read#1' }).esign.readSignedDocument(ref), {
      name: 'EffectNotMade',
      code: 'NOT_READ',
    })
  } finally {
    await world.close()
  }
})

test('nobody is reminded of an envelope that is over', async () => {
  const world = await startWorld()
  try {
    const ref = await send(world, 'run/send#1')
    await withdraw(world, ref.envelopeId)
    await assert.rejects(world.open({ mode: 'make', key: 'run/remind#1' }).esign.remindSigners(ref), {
      name: 'EffectRefused',
      code: 'NOT_OUT',
    })
    assert.equal(world.sandbox.acts().filter(({ action }) => action === 'signers reminded').length, 0)
  } finally {
    await world.close()
  }
})
