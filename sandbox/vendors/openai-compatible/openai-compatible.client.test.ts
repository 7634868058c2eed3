/** OpenAI's own client does the same jobs against the sandbox, which is so checked by other people's work. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import OpenAI from 'openai'
import { type Sandbox, startSandbox } from '../../sandbox.ts'
import { openAiCompatible } from './vendor.ts'

const schema = {
  type: 'object',
  properties: { level: { type: 'string', enum: ['weak', 'strong'] }, score: { type: 'integer' } },
  required: ['level', 'score'],
  additionalProperties: false,
}

suite('the official client of OpenAI', () => {
  let sandbox: Sandbox
  before(async () => {
    sandbox = await startSandbox({ httpPort: 0, smtpPort: 0 })
  })
  after(() => sandbox.close())

  const provider = () => sandbox.of(openAiCompatible)
  const clientWith = (apiKey: string) =>
    new OpenAI({ apiKey, baseURL: `${sandbox.url}/openai-compatible/v1`, maxRetries: 0 })
  const decide = (client: OpenAI, given: Record<string, unknown> = schema, model = provider().model) =>
    client.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Say how well the applicant fits.' },
        { role: 'user', content: '{"capital":5000000}' },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'fit', strict: true, schema: given } },
    })

  test('has a decision made', async () => {
    provider().say({ content: '{"level":"strong","score":82}' })
    const { choices, model, usage } = await decide(clientWith(provider().apiKey))
    assert.deepEqual(JSON.parse(choices[0]?.message.content ?? ''), { level: 'strong', score: 82 })
    assert.equal(choices[0]?.finish_reason, 'stop')
    assert.ok(model.startsWith(provider().model))
    assert.ok(usage !== undefined && usage.total_tokens === usage.prompt_tokens + usage.completion_tokens)
  })

  test('reads vectors, which it asks for in base64', async () => {
    const { data } = await clientWith(provider().apiKey).embeddings.create({
      model: provider().embeddingModel,
      input: ['one', 'two', 'one'],
    })
    assert.deepEqual(
      data.map(({ index }) => index),
      [0, 1, 2],
    )
    assert.deepEqual(data[0]?.embedding, data[2]?.embedding)
    assert.notDeepEqual(data[0]?.embedding, data[1]?.embedding)
  })

  test('lists the models', async () => {
    const ids: string[] = []
    for await (const { id } of clientWith(provider().apiKey).models.list()) ids.push(id)
    assert.deepEqual(ids, [provider().model, provider().embeddingModel])
  })

  test('understands every no', async () => {
    const client = clientWith(provider().apiKey)
    await assert.rejects(decide(clientWith('wrong')), OpenAI.AuthenticationError)
    await assert.rejects(decide(client, schema, 'no-such-model'), OpenAI.NotFoundError)
    await assert.rejects(decide(client, { ...schema, required: ['level'] }), OpenAI.BadRequestError)
    sandbox.faults.add({ vendor: 'openai-compatible', kind: 'limit' })
    await assert.rejects(decide(client), OpenAI.RateLimitError)
    sandbox.faults.add({ vendor: 'openai-compatible', kind: 'fail' })
    await assert.rejects(decide(client), OpenAI.InternalServerError)
    provider().exhaustQuota()
    await assert.rejects(decide(client), { status: 429, code: 'insufficient_quota' })
  })
})
