import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { type Placement, place, strainsIn } from './place.ts'
import { isHigher, type PlacementClass } from './placement-class.ts'
import type { PlacementTraits } from './traits.ts'

const quiet: PlacementTraits = {
  lasts: { fromMs: 0, toMs: 5_000 },
  steps: 3,
  externalSystems: [],
  internalServices: ['database'],
  needsCompensation: false,
  pausesForApproval: false,
  commitments: [],
}
const lasting = (toMs: number) => ({ ...quiet, lasts: { fromMs: 0, toMs } })
const MINUTE = 60_000
const DAY = 86_400_000

suite('the placement rule', () => {
  const cases: readonly (readonly [string, PlacementTraits, PlacementClass, readonly string[]])[] = [
    ['a moment in one service', quiet, 'short', ['duration', 'services', 'outside I/O']],
    ['just under 30 s', lasting(29_999), 'short', ['duration', 'services', 'outside I/O']],
    ['30 s', lasting(30_000), 'medium', ['duration', 'steps', 'outside I/O']],
    ['just under a day', lasting(DAY - 1), 'medium', ['duration', 'steps', 'outside I/O']],
    ['a day', lasting(DAY), 'long', ['duration']],
    ['one outside system', { ...quiet, externalSystems: ['llm'] }, 'short', ['duration']],
    ['two outside systems', { ...quiet, externalSystems: ['crm', 'llm'] }, 'long', ['external systems']],
    ['an undo', { ...quiet, needsCompensation: true }, 'long', ['compensation']],
    ['an approval', { ...quiet, pausesForApproval: true }, 'long', ['approval']],
    ['a payment', { ...quiet, commitments: ['payment'] }, 'long', ['commitment']],
    ['several services', { ...quiet, internalServices: ['a', 'b'] }, 'short', ['duration', 'outside I/O']],
    ['one long step', { ...lasting(MINUTE), steps: 1 }, 'medium', ['duration', 'outside I/O']],
    [
      'everything at once',
      {
        ...lasting(DAY),
        externalSystems: ['crm', 'email'],
        needsCompensation: true,
        pausesForApproval: true,
        commitments: ['contract'],
      },
      'long',
      ['duration', 'external systems', 'compensation', 'approval', 'commitment'],
    ],
  ]
  for (const [what, traits, expected, because] of cases)
    test(`${what} is ${expected}`, () => {
      const placed = place(traits)
      assert.equal(placed.class, expected)
      assert.deepEqual(traitNames(placed), because)
    })

  test('a reason says what is so of the workflow and repeats the words of the rule, in both languages', () => {
    assert.deepEqual(place({ ...quiet, externalSystems: ['crm', 'whatsapp'] }).reasons, [
      {
        trait: 'external systems',
        fact: { en: 'Reaches outside: CRM, WhatsApp', ar: 'يتصل بالخارج: إدارة علاقات العملاء، واتساب' },
        rule: { en: 'it crosses two or more external systems', ar: 'يمر عبر نظامين خارجيين أو أكثر' },
      },
    ])
  })
})

suite('strains', () => {
  const strained = (runsAs: PlacementClass, traits: PlacementTraits) =>
    strainsIn(runsAs, traits).map(({ trait }) => trait)

  test('outside I/O strains a short workflow and does not move it', () =>
    assert.deepEqual(strained('short', { ...quiet, externalSystems: ['llm'], internalServices: [] }), ['outside I/O']))
  test('several services strain a short workflow', () =>
    assert.deepEqual(strained('short', { ...quiet, internalServices: ['a', 'b'] }), ['services']))
  test('an outside system and a single step strain a medium workflow', () =>
    assert.deepEqual(strained('medium', { ...lasting(MINUTE), steps: 1, externalSystems: ['llm'] }), [
      'steps',
      'outside I/O',
    ]))
  test('what lasts seconds strains the medium class', () => assert.deepEqual(strained('medium', quiet), ['duration']))
  test('nothing strains the long class', () => assert.deepEqual(strained('long', lasting(1)), []))
})

const anyTraits: fc.Arbitrary<PlacementTraits> = fc.record({
  lasts: fc
    .tuple(fc.nat(400 * DAY), fc.nat(60 * MINUTE), fc.boolean())
    .map(([long, brief, isLong]) => ({ fromMs: 0, toMs: 1 + (isLong ? long : brief) })),
  steps: fc.integer({ min: 1, max: 30 }),
  externalSystems: fc.uniqueArray(fc.constantFrom('crm', 'email', 'llm', 'esign'), { maxLength: 4 }),
  internalServices: fc.uniqueArray(fc.constantFrom('database', 'workers', 'sealer'), { maxLength: 3 }),
  needsCompensation: fc.boolean(),
  pausesForApproval: fc.boolean(),
  commitments: fc.uniqueArray(fc.constantFrom('contract', 'payment', 'message'), { maxLength: 3 }),
})

suite('properties of the placement rule', () => {
  test('every answer has a reason, and no reason is a strain as well', () =>
    fc.assert(
      fc.property(anyTraits, (traits) => {
        const placed = place(traits)
        assert.notEqual(placed.reasons.length, 0)
        const strains = new Set(strainsIn(placed.class, traits).map(({ rule }) => rule))
        assert.ok(placed.reasons.every(({ rule }) => !strains.has(rule)))
      }),
    ))

  test('one more durable trait makes it long, whatever it was', () =>
    fc.assert(
      fc.property(anyTraits, fc.constantFrom(...DURABLE_CHANGES), (traits, change) =>
        assert.equal(place(change(traits)).class, 'long'),
      ),
    ))

  test('a longer duration, another system or another service never lowers the class', () =>
    fc.assert(
      fc.property(anyTraits, fc.nat(DAY), (traits, moreMs) => {
        const before = place(traits).class
        const { lasts, externalSystems, internalServices } = traits
        for (const more of [
          { ...traits, lasts: { ...lasts, toMs: lasts.toMs + moreMs } },
          { ...traits, externalSystems: [...externalSystems, 'another'] },
          { ...traits, internalServices: [...internalServices, 'another'] },
        ])
          assert.ok(!isHigher(before, place(more).class))
      }),
    ))
})

const DURABLE_CHANGES: readonly ((traits: PlacementTraits) => PlacementTraits)[] = [
  (traits) => ({ ...traits, lasts: { ...traits.lasts, toMs: traits.lasts.toMs + DAY } }),
  (traits) => ({ ...traits, externalSystems: [...traits.externalSystems, 'one', 'another'] }),
  (traits) => ({ ...traits, needsCompensation: true }),
  (traits) => ({ ...traits, pausesForApproval: true }),
  (traits) => ({ ...traits, commitments: ['contract'] }),
]

const traitNames = ({ reasons }: Placement): readonly string[] => reasons.map(({ trait }) => trait)
