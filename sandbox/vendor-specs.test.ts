import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { startWorld, type World } from './test-world.ts'
import { whatsapp } from './vendors/whatsapp/vendor.ts'

/**
 * The vendors' own descriptions of their interfaces. They are not part of the product, so these tests run only where the
 * files are at hand; as published they accept almost anything, so what matters here is closed and made required first.
 */
const SPECS = fileURLToPath(new URL('../../shared/specs/', import.meta.url))
const skip = existsSync(SPECS) ? false : `the vendors' descriptions are not at ${SPECS}`

type Schema = Record<string, unknown>
const Schemas = z.record(z.string(), z.record(z.string(), z.unknown()))

const envelope = {
  subject: 'Partnership agreement',
  message: 'Please sign. يرجى التوقيع',
  document: { name: 'agreement.pdf', contentBase64: 'JVBERi0xLjc=' },
  signers: [
    { name: 'نورة العتيبي', email: 'noura@partner.example', language: 'ar' },
    { name: 'Omar Haddad', email: 'omar@growth.example', language: 'en' },
  ],
} as const

suite('what is sent and answered has the shape that the vendor publishes', { skip }, () => {
  test('WhatsApp: a message, its answer and its statuses', () =>
    withWorld(async (world) => {
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
    }))

  test('DocuSign: an envelope, what voids it, and the answers', () =>
    withWorld(async (world) => {
      const valid = docusignSchemas()
      const { envelopeId } = await world.open({ mode: 'make', key: 'run/send#1' }).esign.sendEnvelope(envelope)
      const definition = bodyOf(world, 'sendEnvelope')
      valid('envelopeDefinition', definition)
      assert.throws(() => valid('envelopeDefinition', { ...Object(definition), surprise: '1' }))
      assert.throws(() => valid('envelopeDefinition', { ...Object(definition), documents: undefined }))
      await world.open({ mode: 'make', key: 'run/undo#1' }).esign.voidEnvelope({ envelopeId, reason: 'Changed terms' })
      valid('envelope', bodyOf(world, 'voidEnvelope'))

      const token = await docusignToken(world)
      const ask = (path: string, init: RequestInit = {}) => docusignAnswer(world, token, path, init)
      valid('envelopeSummary', await ask('envelopes', { method: 'POST', body: JSON.stringify(definition) }))
      valid('envelope', await ask(`envelopes/${envelopeId}`))
      valid('envelopesInformation', await ask('envelopes?from_date=2020-01-01'))
      valid('errorDetails', await ask('envelopes/unknown'))
    }))
})

async function withWorld(use: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld()
  try {
    await use(world)
  } finally {
    await world.close()
  }
}

const bodyOf = (world: World, operation: string): unknown =>
  JSON.parse(world.sandbox.requests().findLast((request) => request.operation === operation)?.body ?? '')

type Validate = (schema: string, value: unknown) => void

function validator(name: string, document: object, place: string): Validate {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, name)
  return (schema, value) => {
    const validate = ajv.getSchema(`${name}#/${place}/${schema}`)
    assert.ok(validate, `no schema ${schema}`)
    assert.ok(validate(value), `${schema}: ${ajv.errorsText(validate.errors)}`)
  }
}

function whatsappSchemas(): Validate {
  const document: unknown = parseYaml(readFileSync(`${SPECS}whatsapp-business-messaging-v23.yaml`, 'utf8'))
  const { components } = z.object({ components: z.object({ schemas: Schemas }) }).parse(document)
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

/** Fields of the present version that the older published description does not know yet. */
const NEWER_IN_NOTIFICATION = ['events', 'eventData', 'deliveryMode']

function docusignSchemas(): Validate {
  const document: unknown = JSON.parse(readFileSync(`${SPECS}docusign-envelopes-v2.swagger.json`, 'utf8'))
  const { definitions } = z.object({ definitions: Schemas }).parse(document)
  // The description at hand was cut, and refers to some parts that were left out.
  for (const [, name = ''] of JSON.stringify(definitions).matchAll(/#\/definitions\/(\w+)/g)) definitions[name] ??= {}
  for (const schema of Object.values(definitions)) close(schema)
  const known = z.record(z.string(), z.unknown()).parse(definitions['eventNotification']?.['properties'])
  definitions['eventNotification'] = {
    ...definitions['eventNotification'],
    properties: { ...known, ...Object.fromEntries(NEWER_IN_NOTIFICATION.map((field) => [field, {}])) },
  }
  requireIn(definitions, 'envelopeDefinition', ['status', 'emailSubject', 'documents', 'recipients'])
  requireIn(definitions, 'document', ['documentId', 'name', 'documentBase64'])
  requireIn(definitions, 'signer', ['recipientId', 'name', 'email'])
  requireIn(definitions, 'envelopeSummary', ['envelopeId', 'status', 'uri'])
  requireIn(definitions, 'envelopesInformation', ['envelopes'])
  requireIn(definitions, 'errorDetails', ['errorCode', 'message'])
  return validator('docusign', { definitions }, 'definitions')
}

function close(schema: Schema | undefined): void {
  assert.ok(schema)
  if ('properties' in schema) schema['additionalProperties'] = false
}

function requireIn(definitions: Record<string, Schema>, name: string, required: readonly string[]): void {
  definitions[name] = { ...definitions[name], required }
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

/** Signs in with the assertion that the connector had used. */
async function docusignToken(world: World): Promise<string> {
  const form = world.sandbox.requests().find(({ operation }) => operation === 'signIn')?.body ?? ''
  const response = await fetch(`${world.sandbox.url}/docusign/oauth/token`, { method: 'POST', body: form })
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token
}

async function docusignAnswer({ sandbox }: World, token: string, path: string, init: RequestInit): Promise<unknown> {
  const account = sandbox.settings['SIJIL_DOCUSIGN_ACCOUNT_ID'] ?? ''
  const url = `${sandbox.url}/docusign/restapi/v2.1/accounts/${account}/${path}`
  return (await fetch(url, { ...init, headers: { authorization: `Bearer ${token}` } })).json()
}
