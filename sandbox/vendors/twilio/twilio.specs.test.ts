/** What is sent and answered, held against Twilio's own description: as published it requires nothing and is open, so it is closed first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { descriptionAt } from '../../closed-schemas.ts'
import { startWorld } from '../../test-world.ts'
import { text } from './subjects.ts'

const description = descriptionAt('twilio-messages-2010.openapi.json')
const PATH = '/2010-04-01/Accounts/{AccountSid}/Messages.json'
const FORM = 'application/x-www-form-urlencoded'
const Described = z.object({ properties: z.record(z.string(), z.unknown()) })

function validators() {
  const document = z
    .object({
      paths: z.object({
        [PATH]: z.object({
          post: z.object({
            requestBody: z.object({ content: z.object({ [FORM]: z.object({ schema: z.unknown() }) }) }),
          }),
        }),
      }),
      components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
    })
    .parse(JSON.parse(description.read()))
  const closed = (schema: unknown, required: readonly string[]) => ({
    ...Described.parse(schema),
    type: 'object',
    required,
    additionalProperties: false,
    components: document.components,
  })
  const request = document.paths[PATH]?.post.requestBody.content[FORM]?.schema
  const message = document.components.schemas['api.v2010.account.message']
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  return {
    request: ajv.compile(closed(request, ['To', 'Body'])),
    message: ajv.compile(closed(message, ['sid', 'status', 'to', 'body', 'account_sid'])),
  }
}

test('a message and its resource have the shape that Twilio publishes', { skip: description.skip }, async () => {
  const { sandbox, open, close } = await startWorld({ settingsFor: ['twilio'] })
  try {
    const valid = validators()
    await open({ mode: 'make', key: 'run/notify#1' }).sms.send(text)
    const form = Object.fromEntries(new URLSearchParams(sandbox.requests().at(-1)?.body ?? ''))
    assert.ok(valid.request(form), JSON.stringify(valid.request.errors))
    assert.ok(!valid.request({ ...form, Surprise: '1' }))
    assert.ok(!valid.request({ ...form, To: undefined }))

    const { SIJIL_TWILIO_ACCOUNT_SID: sid = '', SIJIL_TWILIO_AUTH_TOKEN: token = '' } = sandbox.settings
    const answer = await fetch(`${sandbox.url}/twilio/2010-04-01/Accounts/${sid}/Messages.json`, {
      headers: { authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` },
    })
    const { messages } = z.object({ messages: z.array(z.unknown()).min(1) }).parse(await answer.json())
    for (const message of messages) {
      assert.ok(valid.message(message), JSON.stringify(valid.message.errors))
      assert.ok(!valid.message({ ...Object(message), status: 'arrived' }))
      assert.ok(!valid.message({ ...Object(message), surprise: 1 }))
    }
  } finally {
    await close()
  }
})
