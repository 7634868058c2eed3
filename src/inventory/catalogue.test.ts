import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import type { Gates, Signals } from '../flow/contract.ts'
import { contract, gate, message, minutes, none, seconds, signal, step, workflow } from '../flow/index.ts'
import type { Workflow } from '../flow/workflow.ts'
import { auditInventory } from './audit.ts'
import { buildCatalogue } from './catalogue.ts'
import { externalBy } from './external.ts'
import { listInventory } from './listing.ts'
import { outlines } from './outlines/index.ts'
import type { PlacementClass } from './placement-class.ts'

const external = externalBy([])
const declaredOnly = buildCatalogue({ workflows: [], outlines, external })

suite('the declared inventory', () => {
  const declared: Readonly<Record<PlacementClass, string>> = {
    short:
      'lead-scoring message-classification dialect-detection knowledge-retrieval dashboard-aggregation health-check trust-score audit-log-write',
    medium:
      'lead-qualification multi-channel-outreach meeting-booking proposal-generation affiliate-onboarding compliance-scan evidence-pack-assembly contradiction-scan',
    long: 'partner-approval due-diligence-room signature ma-offer geographic-expansion post-merger-integration',
  }
  for (const [placement, names] of Object.entries(declared))
    test(`lists the ${placement} workflows`, () =>
      assert.deepEqual(
        declaredOnly.filter((entry) => entry.declared.class === placement).map(({ name }) => name),
        names.split(' '),
      ))

  test('has 22 workflows, each with its own title in both languages', () => {
    assert.equal(declaredOnly.length, 22)
    assert.equal(new Set(declaredOnly.map(({ title }) => title.en)).size, 22)
    assert.equal(new Set(declaredOnly.map(({ title }) => title.ar)).size, 22)
  })

  test('every long workflow is long by the rule too', () =>
    assert.deepEqual(
      declaredOnly.filter((entry) => entry.declared.class === 'long' && entry.placed.class !== 'long'),
      [],
    ))

  test('an outline never counts as built', () =>
    assert.deepEqual(
      auditInventory(declaredOnly).notBuilt,
      outlines.map(({ name }) => name),
    ))
})

suite('the audit of what is declared', () => {
  const audit = auditInventory(declaredOnly)
  const brief = (findings: typeof audit.strains) =>
    findings.map(({ workflow: name, declared, placed, reasons }) => [
      name,
      `${declared} → ${placed}`,
      reasons.map(({ trait }) => trait).join(', '),
    ])

  test('contradictions name each trait that makes the workflow long', () =>
    assert.deepEqual(brief(audit.contradictions), [
      ['multi-channel-outreach', 'medium → long', 'duration, external systems, commitment'],
      ['meeting-booking', 'medium → long', 'commitment'],
      ['affiliate-onboarding', 'medium → long', 'approval, commitment'],
    ]))

  test('the runtime obeys the rule', () =>
    assert.ok(audit.contradictions.every(({ runsAs, placed }) => runsAs === placed)))

  test('strains name what the description of the class does not fit', () =>
    assert.deepEqual(brief(audit.strains), [
      ['lead-scoring', 'short → short', 'outside I/O'],
      ['health-check', 'short → short', 'services'],
      ['lead-qualification', 'medium → medium', 'outside I/O'],
      ['proposal-generation', 'medium → medium', 'outside I/O'],
      ['contradiction-scan', 'medium → medium', 'outside I/O'],
    ]))

  test('nothing is declared higher than the rule asks', () => assert.deepEqual(audit.observations, []))
})

suite('a definition', () => {
  test('replaces the outline of its name and keeps the declared class', () => {
    const entry = entryOf(scoring('lead-scoring'))
    assert.deepEqual(entry?.status, { kind: 'built', version: 3 })
    assert.equal(entry?.declared.class, 'short')
    assert.deepEqual(entry?.traits.externalSystems, [])
    assert.deepEqual(entry?.strains, [])
  })

  test('is placed by what it does, not by what was declared', () => {
    const entry = entryOf(scoringThatWritesToTheLead())
    assert.equal(entry?.placed.class, 'long')
    assert.equal(entry?.runsAs, 'long')
    assert.deepEqual(
      entry?.placed.reasons.map(({ trait }) => trait),
      ['compensation', 'approval', 'commitment'],
    )
    assert.deepEqual(entry?.traits.externalSystems, ['email'])
  })

  test('that listens to a system uses it, though no step reaches it', () => {
    const signed = signal({
      title: { en: 'Signed', ar: 'تم التوقيع' },
      payload: z.string(),
      from: { system: 'esign', event: 'signed' },
    })
    assert.deepEqual(entryOf(scoring('lead-scoring', { signed }))?.traits.externalSystems, ['esign'])
  })

  test('below its declared class stays in it, and the audit observes so', () => {
    const catalogue = buildCatalogue({ workflows: [scoring('partner-approval')], outlines, external })
    const [observation, ...others] = auditInventory(catalogue).observations
    assert.deepEqual(others, [])
    assert.equal(observation?.workflow, 'partner-approval')
    assert.equal(observation.placed, 'short')
    assert.equal(observation.runsAs, 'long')
  })

  test('has an engine, and an outline has none', () => {
    const catalogue = buildCatalogue({ workflows: [scoring('partner-approval')], outlines, external })
    const engines = listInventory(catalogue, { long: 'temporal' }).filter(({ engine }) => engine !== null)
    assert.deepEqual(
      engines.map(({ name, engine }) => [name, engine]),
      [['partner-approval', 'temporal']],
    )
  })

  test('of no outline is refused', () =>
    assert.throws(() => entryOf(scoring('lead-scorning')), {
      name: 'CatalogueError',
      code: 'unknown-workflow',
      message: /"lead-scorning" is not in the inventory/,
    }))

  test('given twice is refused, and so is an outline', () => {
    const twice = [scoring('lead-scoring'), scoring('lead-scoring')]
    const refused = { name: 'CatalogueError', code: 'duplicate-workflow' }
    assert.throws(() => buildCatalogue({ workflows: twice, outlines, external }), refused)
    assert.throws(() => buildCatalogue({ workflows: [], outlines: [...outlines, ...outlines], external }), refused)
  })
})

test('a system is inside only when every connector that may play it is', () => {
  const isExternal = externalBy([
    { system: 'store', external: false },
    { system: 'email', external: false },
    { system: 'email', external: true },
  ])
  assert.deepEqual(['store', 'email', 'unheard of'].map(isExternal), [false, true, true])
})

const entryOf = (definition: Workflow) =>
  buildCatalogue({ workflows: [definition], outlines, external }).find(({ name }) => name === definition.contract.name)

function scoring(name: string, signals: Signals = {}): Workflow {
  const steps = {
    score: step({
      title: { en: 'Score', ar: 'التقييم' },
      effect: none,
      input: z.string(),
      output: z.string(),
      do: (_, lead) => Promise.resolve(lead),
    }),
  }
  return workflow({ contract: bare(name, {}, signals), steps, flow: async (flow, lead) => await flow.score(lead) })
}

function scoringThatWritesToTheLead(): Workflow {
  const review = gate({
    title: { en: 'Review', ar: 'المراجعة' },
    packet: z.object({ lead: z.string() }),
    subject: 'lead',
    decision: z.string(),
    approvers: 'manager',
    within: minutes(5),
    onExpiry: 'undo',
    onReturn: 'never',
    authorises: { approved: ['write'] },
  })
  const write = step({
    title: { en: 'Write', ar: 'المراسلة' },
    effect: message('email', 'write_to_lead', 'outside'),
    input: z.string(),
    output: z.string(),
    do: (_, lead) => Promise.resolve(lead),
    undo: () => Promise.resolve(),
  })
  return workflow({
    contract: bare('lead-scoring', { review }),
    steps: { write },
    flow: async (flow, lead) => await flow.write(lead),
  })
}

const bare = <G extends Gates>(name: string, gates: G, signals: {} = {}) =>
  contract({
    name,
    version: 3,
    title: { en: 'Scoring', ar: 'التقييم' },
    lasts: { from: seconds(1), to: seconds(5) },
    input: z.string(),
    output: z.string(),
    endings: {},
    gates,
    signals,
  })
