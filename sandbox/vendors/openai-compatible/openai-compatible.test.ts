import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { readAccounts } from '../../../src/connectors/settings.ts'
import type { Question } from '../../../src/connectors/systems.ts'
import { EffectNotMade, EffectRefused } from '../../../src/flow/failure.ts'
import { failureOf } from '../../connector-suite.ts'
import { readingSuite } from '../../reading-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { openAiCompatible } from './vendor.ts'

const Fit = z.object({
  level: z.enum(['weak', 'strong']),
  score: z.int().min(0).max(100),
  doubts: z.array(z.string()),
  note: z.string().nullable(),
})
const question: Question = {
  name: 'partner_fit',
  instructions: 'Say how well the applicant fits a reseller programme.',
  facts: { name: 'شركة نجد للتجارة', capital: 5_000_000, city: 'Riyadh' },
  answer: z.toJSONSchema(Fit),
  rules: [{ when: [], answer: { level: 'weak', score: 0, doubts: [], note: null } }],
}
const texts = ['شركة نجد للتجارة', 'Hijaz Foods']

const common = {
  vendor: 'openai-compatible',
  refusal: EffectRefused,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_LLM_KEY: 'sk-not-the-key' }),
  neverShown: ({ sandbox }: World) => [
    sandbox.of(openAiCompatible).apiKey,
    'sk-not-the-key',
    question.instructions,
    'نجد',
    ...texts,
  ],
}
readingSuite({ ...common, operation: 'decide', call: ({ llm }) => llm.decide(question) })
readingSuite({ ...common, operation: 'embed', call: ({ llm }) => llm.embed({ texts }) })

const strong = { level: 'strong', score: 82, doubts: ['رأس المال'], note: null }
const withWorld = async (use: (world: World) => Promise<void>): Promise<void> => {
  const world = await startWorld({ settingsFor: ['openai-compatible'] })
  try {
    await use(world)
  } finally {
    await world.close()
  }
}
const now = 1_790_000_000_000
const llmOf = (world: World) => world.open({ mode: 'make', key: 'run/fit#1', now, deadline: now + 600_000 }).llm

test('a decision has the form that was asked for, and says who made it without showing what was said', () =>
  withWorld(async (world) => {
    const provider = world.sandbox.of(openAiCompatible)
    provider.say({ content: JSON.stringify(strong) })
    const { answer, provenance } = await llmOf(world).decide(question)
    assert.deepEqual(answer, strong)
    const { askedSha256, answerSha256, tokens, ...rest } = provenance
    assert.deepEqual(rest, {
      decider: 'model',
      model: provider.model,
      version: `${provider.model}-2026-08-01 fp_sandbox`,
      at: now,
      tries: 1,
    })
    assert.match(askedSha256, /^[0-9a-f]{64}$/)
    assert.match(answerSha256, /^[0-9a-f]{64}$/)
    assert.ok(tokens.asked > 0 && tokens.answered > 0)
    provider.say({ content: JSON.stringify(strong) })
    const again = (await llmOf(world).decide(question)).provenance
    assert.deepEqual([again.askedSha256, again.answerSha256], [askedSha256, answerSha256])
    const other = await llmOf(world).decide({ ...question, facts: { name: 'Hijaz Foods' } })
    assert.notEqual(other.provenance.askedSha256, askedSha256)
    assert.notEqual(other.provenance.answerSha256, answerSha256)
  }))

test('the provider is told the form, strictly, and the facts apart from the instructions', () =>
  withWorld(async (world) => {
    await llmOf(world).decide(question)
    const [request] = world.sandbox.requests()
    const sent: unknown = JSON.parse(request?.body ?? '')
    const { $schema: _, ...schema } = question.answer
    assert.partialDeepStrictEqual(sent, {
      model: 'sandbox-decider',
      response_format: { type: 'json_schema', json_schema: { name: 'partner_fit', strict: true, schema } },
    })
    const [system, user] = z
      .object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })
      .parse(sent).messages
    assert.ok(system?.role === 'system' && system.content.startsWith(question.instructions))
    assert.deepEqual(user?.role === 'user' && JSON.parse(user.content), question.facts)
  }))

for (const [what, content] of [
  ['is no JSON', 'The fit is strong.'],
  ['lacks a field', JSON.stringify({ ...strong, doubts: undefined })],
  ['has a field too many', JSON.stringify({ ...strong, mood: 'good' })],
  ['is out of range', JSON.stringify({ ...strong, score: 101 })],
] as const)
  test(`an answer that ${what} is asked for again, and counts only when it is right`, () =>
    withWorld(async (world) => {
      world.sandbox.of(openAiCompatible).say({ content }, { content }, { content: JSON.stringify(strong) })
      const { answer, provenance } = await llmOf(world).decide(question)
      assert.deepEqual(answer, strong)
      assert.equal(provenance.tries, 3)
      assert.equal(world.sandbox.requests().length, 3)
    }))

test('a model that never keeps to the form is given up after three tries', () =>
  withWorld(async (world) => {
    const provider = world.sandbox.of(openAiCompatible)
    provider.say(...Array.from({ length: 9 }, () => ({ content: '{"level":"strong"}' })))
    const failure = await failureOf(llmOf(world).decide(question))
    assert.ok(failure instanceof EffectRefused && failure.code === 'NO_VALID_ANSWER')
    assert.equal(world.sandbox.requests().length, 3)
  }))

test('an answer that was cut off is no answer', () =>
  withWorld(async (world) => {
    const provider = world.sandbox.of(openAiCompatible)
    provider.say({ content: JSON.stringify(strong), finishReason: 'length' }, { content: JSON.stringify(strong) })
    assert.equal((await llmOf(world).decide(question)).provenance.tries, 2)
  }))

test('a model that would not answer is not asked again', () =>
  withWorld(async (world) => {
    const provider = world.sandbox.of(openAiCompatible)
    provider.say({ refusal: 'I cannot help with that.' }, { content: '', finishReason: 'content_filter' })
    for (const requests of [1, 2]) {
      await assert.rejects(llmOf(world).decide(question), { name: 'EffectRefused', code: 'MODEL_REFUSED' })
      assert.equal(world.sandbox.requests().length, requests)
    }
  }))

test('a quota that is used up is no limit that passes: it is not asked again', () =>
  withWorld(async (world) => {
    world.sandbox.of(openAiCompatible).exhaustQuota()
    for (const ask of [() => llmOf(world).decide(question), () => llmOf(world).embed({ texts })])
      await assert.rejects(ask(), { name: 'EffectRefused', code: 'QUOTA_EXHAUSTED' })
    assert.equal(world.sandbox.requests().length, 2)
    world.sandbox.faults.add({ vendor: 'openai-compatible', kind: 'limit' })
    assert.ok((await failureOf(llmOf(world).decide(question))) instanceof EffectNotMade)
  }))

test('a question that no provider would take strictly is refused before anything is sent', () =>
  withWorld(async (world) => {
    const answers: readonly Question['answer'][] = [
      z.toJSONSchema(z.looseObject({ level: z.string() })),
      z.toJSONSchema(z.object({ level: z.string().optional() })),
      z.toJSONSchema(z.object({ inner: z.object({ level: z.string().optional() }) })),
      z.toJSONSchema(z.array(z.string())),
    ]
    for (const answer of answers)
      await assert.rejects(llmOf(world).decide({ ...question, answer, rules: [] }), { code: 'BAD_QUESTION' })
    await assert.rejects(llmOf(world).decide({ ...question, name: 'a b' }), { code: 'BAD_QUESTION' })
    await assert.rejects(llmOf(world).embed({ texts: [] }), { code: 'BAD_TEXTS' })
    assert.equal(world.sandbox.requests().length, 0)
  }))

test('each text has its vector, in order and of length 1', () =>
  withWorld(async (world) => {
    const { vectors, provenance } = await llmOf(world).embed({ texts })
    const alone = await llmOf(world).embed({ texts: ['Hijaz Foods'] })
    assert.equal(vectors.length, 2)
    for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-9)
    assert.deepEqual(vectors[1], alone.vectors[0])
    assert.equal(provenance.model, world.sandbox.of(openAiCompatible).embeddingModel)
  }))

test('neither the SDK nor we print anything of a question, whatever comes of it', (t) =>
  withWorld(async (world) => {
    const printed = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      t.mock.method(console, name, () => {}),
    )
    const written = [process.stdout, process.stderr].map((stream) => t.mock.method(stream, 'write'))
    const said = () => [...printed, ...written].flatMap(({ mock }) => mock.calls.map((call) => String(call.arguments)))
    world.sandbox.of(openAiCompatible).say({ content: 'nonsense' }, { content: JSON.stringify(strong) })
    await llmOf(world).decide(question)
    await llmOf(world).embed({ texts })
    world.sandbox.faults.add({ vendor: 'openai-compatible', kind: 'malformed after acting' })
    await failureOf(llmOf(world).decide(question))
    assert.deepEqual(
      said().filter((text) =>
        ['نجد', 'partner_fit', 'nonsense', 'Hijaz', 'AI SDK'].some((word) => text.includes(word)),
      ),
      [],
    )
  }))

test('a wrong key is a matter of the settings, and the health says so', () =>
  withWorld(async (world) => {
    const wrong = { SIJIL_LLM_KEY: 'sk-wrong' }
    const asked = world.openWith(wrong, { mode: 'make', key: 'run/fit#1' }).llm.decide(question)
    await assert.rejects(asked, { code: 'CREDENTIALS_REFUSED' })
    const health = await readAccounts({ ...world.sandbox.settings, ...wrong })
      .playing('demo', 'llm')
      ?.health(AbortSignal.timeout(10_000))
    assert.equal(health?.state === 'down' && health.code, 'CREDENTIALS_REFUSED')
  }))

test('without all three settings nothing leaves: rules decide', () => {
  assert.equal(readAccounts({}).playing('demo', 'llm')?.connector.key, 'rules')
  assert.throws(() => readAccounts({ SIJIL_LLM_KEY: 'sk-key', SIJIL_LLM_MODEL: 'one' }), /SIJIL_LLM_URL is missing/)
})
