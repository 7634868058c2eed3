/** What the sandbox tells has the shape of the examples that Adobe publishes: their values are empty, so shapes are compared. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { MalformedWebhook } from '../../../src/connectors/webhook.ts'
import { startWorld } from '../../test-world.ts'
import { envelope } from './subjects.ts'
import { adobeSign } from './vendor.ts'

const EXAMPLES = fileURLToPath(new URL('../../../../shared/specs/adobe-sign-webhook-examples/', import.meta.url))
const skip = existsSync(EXAMPLES) ? false : `Adobe's examples are not at ${EXAMPLES}`

/** `agreement.participantSetsInfo.participantSets[].order` */
function placesIn(value: unknown, at = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => placesIn(item, `${at}[]`))
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([name, inner]) => placesIn(inner, at === '' ? name : `${at}.${name}`))
}

const example = (event: string) => readFileSync(`${EXAMPLES}${event}.json`, 'utf8')
const shapeOf = (event: string) => new Set(placesIn(JSON.parse(example(event))))
const unknownIn = (body: unknown, event: string) => placesIn(body).filter((place) => !shapeOf(event).has(place))

test('webhooks: every field stands in the example of its event', { skip }, async () => {
  const world = await startWorld({ settingsFor: ['adobe-sign'] })
  const { sandbox } = world
  try {
    const send = (key: string) => world.open({ mode: 'make', key }).esign.sendEnvelope(envelope)
    const [signed, declined, voided] = [await send('run/a#1'), await send('run/b#1'), await send('run/c#1')]
    const participantsOf = (id: string) =>
      sandbox
        .of(adobeSign)
        .agreements()
        .find((agreement) => agreement.id === id)?.participants ?? []
    await world.open({ mode: 'make', key: 'run/remind#1' }).esign.remindSigners(signed)
    for (const { id } of participantsOf(signed.envelopeId)) sandbox.of(adobeSign).sign(signed.envelopeId, id)
    sandbox.of(adobeSign).decline(declined.envelopeId, participantsOf(declined.envelopeId)[0]?.id ?? '')
    await world.open({ mode: 'make', key: 'run/undo#1' }).esign.voidEnvelope({ ...voided, reason: 'Changed terms' })
    const bodies = sandbox.webhooks.all().map(({ body }) => body)
    const seen = new Set(bodies.map(({ event }) => String(event)))
    assert.deepEqual([...seen].toSorted(), [
      'AGREEMENT_ACTION_COMPLETED',
      'AGREEMENT_ACTION_REQUESTED',
      'AGREEMENT_CREATED',
      'AGREEMENT_RECALLED',
      'AGREEMENT_REJECTED',
      'AGREEMENT_REMINDER_SENT',
      'AGREEMENT_WORKFLOW_COMPLETED',
    ])
    for (const body of bodies) assert.deepEqual(unknownIn(body, String(body['event'])), [], String(body['event']))
    assert.deepEqual(unknownIn({ ...bodies[0], agreement: { id: '', surprise: 1 } }, 'AGREEMENT_CREATED'), [
      'agreement.surprise',
    ])
    // What the connector reads of a webhook is in every example.
    for (const event of seen)
      for (const place of ['event', 'agreement.id']) assert.ok(shapeOf(event).has(place), `${event} ${place}`)
  } finally {
    await world.close()
  }
})

/** The example of an event with the two values that the connector reads, and as it was published in all else. */
const filled = (event: string, id: string): Buffer => {
  const body = z.looseObject({ agreement: z.looseObject({ id: z.literal('') }) }).parse(JSON.parse(example(event)))
  return Buffer.from(JSON.stringify({ ...body, event, agreement: { ...body.agreement, id } }))
}

test('webhooks: every example that Adobe publishes is a hint about its agreement, and what is read counts', {
  skip,
}, async () => {
  const world = await startWorld({ settingsFor: ['adobe-sign'] })
  try {
    const { envelopeId } = await world.open({ mode: 'make', key: 'run/a#1' }).esign.sendEnvelope(envelope)
    const { webhook } = world.connector('adobe-sign')
    assert.ok(webhook)
    const events = readdirSync(EXAMPLES).map((file) => basename(file, '.json'))
    assert.equal(events.length, 31)
    for (const event of events) {
      const hints = webhook.parse(filled(event, envelopeId), '')
      assert.deepEqual(
        hints.map((hint) => [hint.event, hint.reference, hint.effectKey]),
        [[event, envelopeId, undefined]],
      )
      // Whatever it says befell the agreement, nobody has signed it or taken it back.
      const told = await webhook.confirmed(hints, AbortSignal.timeout(4_000))
      assert.deepEqual(
        told.map((one) => [one.event, one.reference, one.effectKey]),
        [['sent', envelopeId, 'run/a#1']],
        event,
      )
      // As published it names no agreement.
      assert.throws(() => webhook.parse(Buffer.from(example(event)), ''), MalformedWebhook)
    }
  } finally {
    await world.close()
  }
})
