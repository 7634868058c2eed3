import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { noLedger } from '../../../test/support/no-database.ts'
import { configure } from '../configured-connector.ts'
import type { Condition, LlmSystem, Question } from '../systems.ts'
import { rules } from './connector.ts'
import { letterVector } from './letter-vector.ts'
import { ruleFor } from './rule-decider.ts'

const facts = { company: { name: 'Najd', capital: 5_000_000, cities: ['Riyadh', 'جدة'] }, 'a/b': null }

suite('rules instead of a model', () => {
  const cases: readonly (readonly [Condition, boolean])[] = [
    [{ at: '/company/name', is: 'Najd' }, true],
    [{ at: '/company/cities', is: ['Riyadh', 'جدة'] }, true],
    [{ at: '/company/cities/1', oneOf: ['مكة', 'جدة'] }, true],
    [{ at: '/company/cities/1', oneOf: ['مكة'] }, false],
    [{ at: '/company/capital', atLeast: 5_000_000 }, true],
    [{ at: '/company/capital', atLeast: 5_000_001 }, false],
    [{ at: '/company/capital', atMost: 5_000_000 }, true],
    [{ at: '/company/name', atMost: 5 }, false],
    [{ at: '/company/name', contains: 'aj' }, true],
    [{ at: '/company/capital', contains: '5' }, false],
    [{ at: '/a~1b', is: null }, true],
    [{ at: '/a~1b', isThere: true }, true],
    [{ at: '/company/constructor', isThere: true }, false],
    [{ at: '/company/partner/name', isThere: false }, true],
    [{ at: '/company/partner', is: null }, false],
  ]
  for (const [condition, expected] of cases)
    test(`${JSON.stringify(condition)} ${expected ? 'holds' : 'does not hold'}`, () => {
      assert.equal(ruleFor([{ when: [condition], answer: 1 }], facts) !== undefined, expected)
    })

  test('the first rule decides of which every condition holds', () => {
    const decided = ruleFor(
      [
        {
          when: [
            { at: '/company/name', is: 'Najd' },
            { at: '/company/capital', atMost: 1 },
          ],
          answer: 'small',
        },
        { when: [{ at: '/company/capital', atLeast: 1_000 }], answer: 'large' },
        { when: [], answer: 'any' },
      ],
      facts,
    )
    assert.equal(decided?.answer, 'large')
  })

  test('says that rules decided, by which version, and proves what was asked', async () => {
    const { answer, provenance } = await llm.decide(question)
    assert.deepEqual(answer, { level: 'strong' })
    assert.deepEqual(
      { ...provenance, askedSha256: provenance.askedSha256.length, answerSha256: provenance.answerSha256.length },
      {
        decider: 'rules',
        model: 'sijil-rules',
        version: '1',
        at: 1_000,
        askedSha256: 64,
        answerSha256: 64,
        tokens: { asked: 0, answered: 0 },
        tries: 1,
      },
    )
    assert.deepEqual(await llm.decide(question), { answer, provenance })
  })

  test('a case that no rule fits is refused, and so is a rule whose answer has not the form', async () => {
    await assert.rejects(llm.decide({ ...question, rules: [] }), { code: 'NO_RULE_FITS' })
    const misfit = [{ when: [], answer: { level: 'middling' } }]
    await assert.rejects(llm.decide({ ...question, rules: misfit }), { code: 'BAD_QUESTION' })
  })

  test('texts that share words are nearer than texts that do not, in Arabic and in English', async () => {
    const [asked, same, other, english] = ['شركة نجد للتجارة', 'شَرِكَه نجد التجارية', 'مطعم الحجاز', 'Najd Trading'].map(
      letterVector,
    )
    const near = (one: readonly number[] = [], two: readonly number[] = []) =>
      one.reduce((sum, part, index) => sum + part * (two[index] ?? 0), 0)
    assert.ok(near(asked, same) > 0.5)
    assert.ok(near(asked, same) > near(asked, other) + 0.3)
    assert.ok(near(letterVector('najd trading company'), english) > 0.7)
    const { vectors } = await llm.embed({ texts: ['شركة نجد للتجارة'] })
    assert.deepEqual(vectors, [asked])
  })
})

const Level = z.object({ level: z.enum(['weak', 'strong']) })
const question: Question = {
  name: 'fit',
  instructions: 'Say how well it fits.',
  facts,
  answer: z.toJSONSchema(Level),
  rules: [
    { when: [{ at: '/company/capital', atLeast: 1_000_000 }], answer: { level: 'strong' } },
    { when: [], answer: { level: 'weak' } },
  ],
}

const { operations } = configure(rules, {})
const ask = (operation: string, request: Question | { readonly texts: readonly string[] }) =>
  operations[operation]?.run(
    request,
    {
      mode: 'make',
      tenant: 'demo',
      key: 'run/fit#1',
      now: 1_000,
      deadline: Date.now(),
      abort: new AbortController().signal,
      begin: () => {},
      sightings: async () => [],
    },
    noLedger(),
  )
/** As a step sees it. */
const llm = {
  decide: (asked: Question) => ask('decide', asked),
  embed: (asked: { readonly texts: readonly string[] }) => ask('embed', asked),
} as LlmSystem
