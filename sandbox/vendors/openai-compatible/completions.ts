import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Incoming, jsonOf, type Reply } from '../../http-server.ts'
import type { SandboxRecord } from '../../record.ts'
import { bearerIs, type Noes, type Operation } from '../../vendor-route.ts'
import { exampleOf } from './example-of.ts'

export interface Answered {
  readonly id: string
  readonly at: number
  readonly model: string
  readonly name: string
  readonly asked: string
  readonly answer: string
}

/** What the model says next, instead of the plainest answer that fits. */
export interface Saying {
  readonly content?: string
  readonly refusal?: string
  readonly finishReason?: 'stop' | 'length' | 'content_filter'
}

const ChatBody = z.object({
  model: z.string().min(1),
  messages: z
    .array(z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: z.string().min(1) }))
    .min(1),
  response_format: z
    .object({
      type: z.literal('json_schema'),
      json_schema: z.object({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
        description: z.string().optional(),
        schema: z.record(z.string(), z.unknown()),
        strict: z.boolean().nullish(),
      }),
    })
    .optional(),
})
const EmbeddingBody = z.object({
  model: z.string().min(1),
  input: z.union([
    z
      .string()
      .min(1)
      .transform((text) => [text]),
    z.array(z.string().min(1)).min(1).max(2048),
  ]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
})

const no = (status: number, type: string, code: string | null, message: string): Reply => ({
  status,
  body: { error: { message, type, param: null, code } },
})
export const llmNoes: Noes = {
  refusal: no(
    400,
    'invalid_request_error',
    'context_length_exceeded',
    'Your messages are longer than the model can hold.',
  ),
  failure: no(500, 'server_error', null, 'The server had an error while processing your request.'),
  limit: no(429, 'requests', 'rate_limit_exceeded', 'Rate limit reached for requests.'),
}
const quotaExhausted = no(429, 'insufficient_quota', 'insufficient_quota', 'You exceeded your current quota.')

export interface Provider {
  readonly apiKey: string
  readonly models: readonly string[]
  /** Taken from its front. */
  readonly sayings: Saying[]
  readonly account: { hasQuota: boolean }
}

export function llmOperations(record: SandboxRecord, provider: Provider): readonly Operation[] {
  const guard = (incoming: Incoming) => {
    if (!bearerIs(incoming, provider.apiKey))
      return no(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.')
    return provider.account.hasQuota ? undefined : quotaExhausted
  }
  const base = '/openai-compatible/v1'
  return [
    {
      name: 'decide',
      method: 'POST',
      path: `${base}/chat/completions`,
      guard,
      answer: (incoming) => completed(incoming, provider, record),
    },
    {
      name: 'embed',
      method: 'POST',
      path: `${base}/embeddings`,
      guard,
      answer: (incoming) => embedded(incoming, provider),
    },
    {
      name: 'models',
      method: 'GET',
      path: `${base}/models`,
      guard,
      answer: () => ({
        status: 200,
        body: {
          object: 'list',
          data: provider.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'sandbox' })),
        },
      }),
    },
  ]
}

function completed({ raw }: Incoming, provider: Provider, record: SandboxRecord): Reply {
  const body = ChatBody.safeParse(jsonOf(raw))
  if (!body.success) return no(400, 'invalid_request_error', null, body.error.message)
  const { model, messages, response_format: format } = body.data
  if (!provider.models.includes(model)) return noSuchModel(model)
  const schema = format?.json_schema.schema
  if (format?.json_schema.strict === true && !isStrict(schema))
    return no(400, 'invalid_request_error', 'invalid_json_schema', 'Invalid schema for response_format.')
  const { content, refusal = null, finishReason = 'stop' } = provider.sayings.shift() ?? {}
  const answer = refusal === null ? (content ?? JSON.stringify(exampleOf(schema))) : null
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? ''
  const id = `chatcmpl-${randomUUID()}`
  record.collection<Answered>('answer').put(id, {
    id,
    at: Date.now(),
    model,
    name: format?.json_schema.name ?? '',
    asked,
    answer: answer ?? refusal ?? '',
  })
  return {
    status: 200,
    body: {
      id,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1_000),
      model: `${model}-2026-08-01`,
      system_fingerprint: 'fp_sandbox',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: answer, refusal },
          logprobs: null,
          finish_reason: finishReason,
        },
      ],
      usage: usageOf(raw.length, (answer ?? '').length),
    },
  }
}

const DIMENSIONS = 8

function embedded({ raw }: Incoming, provider: Provider): Reply {
  const body = EmbeddingBody.safeParse(jsonOf(raw))
  if (!body.success) return no(400, 'invalid_request_error', null, body.error.message)
  const { model, input, encoding_format: format } = body.data
  if (!provider.models.includes(model)) return noSuchModel(model)
  const data = input.map((text, index) => ({ object: 'embedding', index, embedding: encoded(vectorOf(text), format) }))
  return {
    status: 200,
    body: { object: 'list', model, data, usage: { prompt_tokens: raw.length, total_tokens: raw.length } },
  }
}

/** The same text has the same vector. */
const vectorOf = (text: string): readonly number[] =>
  [...createHash('sha256').update(text).digest().subarray(0, DIMENSIONS)].map((byte) => byte / 128 - 1)

const encoded = (vector: readonly number[], format: 'float' | 'base64') =>
  format === 'float' ? vector : Buffer.from(new Float32Array(vector).buffer).toString('base64')

const usageOf = (asked: number, answered: number) => ({
  prompt_tokens: asked,
  completion_tokens: answered,
  total_tokens: asked + answered,
})

const noSuchModel = (model: string) =>
  no(404, 'invalid_request_error', 'model_not_found', `The model ${model} does not exist.`)

/** In strict mode every object is closed and all of its fields are required. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict)
  if (typeof schema !== 'object' || schema === null) return true
  if ('properties' in schema && typeof schema.properties === 'object' && schema.properties !== null) {
    const required: readonly unknown[] = 'required' in schema && Array.isArray(schema.required) ? schema.required : []
    const isClosed = 'additionalProperties' in schema && schema.additionalProperties === false
    if (!isClosed || !Object.keys(schema.properties).every((name) => required.includes(name))) return false
  }
  return Object.values(schema).every(isStrict)
}
