/** What is sent and answered, held against Meta's own description of the interface. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { close, descriptionAt, SchemaMap, type Validate, validator } from '../../closed-schemas.ts'
import { startWorld, type World } from '../../test-world.ts'
import { whatsapp } from './vendor.ts'

const description = descriptionAt('whatsapp-business-messaging-v23.yaml')

test('a message, its answer and its statuses have the shape that Meta publishes', {
  skip: description.skip,
}, async () => {
  const world = await startWorld({ settingsFor: ['whatsapp'] })
  try {
    const valid = whatsappSchemas()
    await world.open({ mode: 'make', key: 'run/notify#1' }).whatsapp.sendTemplate({
      to: '+966501234567',
      template: 'terms_sent',
      language: 'ar',
      parameters: ['نورة', '12'],
    })
    const sent = bodyOf(world, 'sendTemplate')
    valid('TemplateMessage', sent)
    assert.throws(() => valid('TemplateMessage', { ...Object(sent), surprise: 1 }))
    assert.throws(() => valid('TemplateMessage', { ...Object(sent), to: undefined }))
    valid('MessageResponsePayload', await whatsappAnswer(world, sent))
    // Replies are left out: the description asks of them what only outgoing messages have.
    const bodies = world.sandbox.webhooks.all().map(({ body }) => body)
    assert.equal(bodies.length, 4)
    for (const body of bodies) valid('WebhookPayload', body)
    world.sandbox.of(whatsapp).write('+966501234567', 'هل من جديد؟')
    await world.sandbox.webhooks.settled()
    await world.open({ mode: 'make', key: 'run/answer#1' }).whatsapp.sendText({ to: '+966501234567', text: 'نعم' })
    const answered = bodyOf(world, 'sendText')
    valid('TextMessage', answered)
    assert.throws(() => valid('TextMessage', { ...Object(answered), surprise: 1 }))
    assert.throws(() => valid('TextMessage', { ...Object(answered), text: { words: 'نعم' } }))
  } finally {
    await world.close()
  }
})

const bodyOf = (world: World, operation: string): unknown =>
  JSON.parse(world.sandbox.requests().findLast((request) => request.operation === operation)?.body ?? '')

function whatsappSchemas(): Validate {
  const document: unknown = parseYaml(description.read())
  const { components } = z.object({ components: z.object({ schemas: SchemaMap }) }).parse(document)
  const { schemas } = components
  for (const name of ['TemplateObject', 'LanguageObject', 'BodyComponent', 'TextParameter']) close(schemas[name])
  // The description knows the field for calls only; messages carry it too.
  const base = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(schemas['BaseMessageProperties'])
  schemas['BaseMessageProperties'] = {
    ...schemas['BaseMessageProperties'],
    properties: { ...base.properties, biz_opaque_callback_data: { type: 'string', maxLength: 512 } },
  }
  // Closed as it is published, the part of its own refuses the fields that all messages have.
  const [, own] = z.object({ allOf: z.tuple([z.unknown(), z.looseObject({})]) }).parse(schemas['TextMessage']).allOf
  const { additionalProperties: _closed, ...open } = own
  const common = { $ref: '#/components/schemas/BaseMessageProperties' }
  schemas['TextMessage'] = { allOf: [common, open], unevaluatedProperties: false }
  schemas['TemplateMessage'] = { ...schemas['TemplateMessage'], unevaluatedProperties: false }
  schemas['MessageResponsePayload'] = {
    ...schemas['MessageResponsePayload'],
    required: ['messaging_product', 'messages'],
    additionalProperties: false,
  }
  return validator('whatsapp', { components: { schemas } }, 'components/schemas')
}

async function whatsappAnswer({ sandbox }: World, body: unknown): Promise<unknown> {
  const number = sandbox.settings['SIJIL_WHATSAPP_PHONE_NUMBER_ID'] ?? ''
  const response = await fetch(`${sandbox.url}/whatsapp/v23.0/${number}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.settings['SIJIL_WHATSAPP_TOKEN'] ?? ''}` },
    body: JSON.stringify(body),
  })
  return response.json()
}
