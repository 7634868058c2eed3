/** Partner approval, with a process that dies at every point of its life: nothing is lost and nothing is done twice. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Role } from '../../src/flow/gate.ts'
import type { EffectView, RunView } from '../../src/ledger/reading/run-view.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import { workflows } from '../../src/workflows/index.ts'
import { onBothDatabases } from '../support/databases.ts'

const policies = { open_partner_record: 'A', acknowledge_application: 'A' } as const
const application = {
  company: 'Nakheel Technologies',
  registration: { kind: 'unified', number: '7001234567' },
  contact: { name: 'Sara Al-Otaibi', email: 'sara@nakheel.example', mobile: '0501234567' },
  language: 'ar',
  partnership: 'distribution',
  territories: ['riyadh'],
  yearsActive: 12,
  employees: 60,
  annualRevenueSar: 25_000_000,
  representsCompetitor: false,
}

interface Scenario {
  readonly title: string
  readonly outcome: string
  /** Every act of a vendor, each once, in the end. */
  readonly acts: readonly string[]
  readonly decide: (run: TestRun, gate: string) => Promise<void>
  /** The partner's answer in a round; undefined for silence. */
  readonly reply?: (round: number) => object
  readonly sign?: 'agreementSigned' | 'agreementDeclined'
}

const approvers: Readonly<Record<string, Role>> = {
  managerReview: 'manager',
  legalReview: 'legal',
  executiveApproval: 'director',
}
const approve = (run: TestRun, gate: string) => run.approveAs(approvers[gate] ?? 'legal', {}, gate)
const opening = ['openRecord', 'acknowledge']
const closing = ['undo acknowledge', 'undo openRecord']
const terms = ['sendTerms', 'noticeByWhatsApp']
const accept = (round: number) => ({ answer: 'accept', round })

const scenarios: readonly Scenario[] = [
  {
    title: 'a counter-offer, then signed and activated',
    outcome: 'completed',
    acts: [...opening, ...terms, 'sendRevisedTerms', 'noticeByWhatsApp#2', 'sendEnvelope', 'activateRecord', 'welcome'],
    decide: approve,
    reply: (round) => (round === 1 ? { answer: 'counter', round, commissionPercent: 20, note: 'more' } : accept(round)),
    sign: 'agreementSigned',
  },
  {
    title: 'rejected by the manager',
    outcome: 'rejected',
    acts: [...opening, ...closing],
    decide: (run, gate) => run.rejectAs('manager', 'not now', gate),
  },
  {
    title: 'rejected by the executive after terms were sent',
    outcome: 'rejected',
    acts: [...opening, ...terms, 'undo sendTerms', ...closing],
    decide: (run, gate) =>
      gate === 'executiveApproval' ? run.rejectAs('director', 'too dear', gate) : approve(run, gate),
    reply: accept,
  },
  {
    title: 'refused at the signature',
    outcome: 'not signed',
    acts: [...opening, ...terms, 'sendEnvelope', 'undo sendEnvelope', 'undo sendTerms', ...closing],
    decide: approve,
    reply: accept,
    sign: 'agreementDeclined',
  },
]

onBothDatabases('partner approval in a process that dies at any point', (database) => {
  before(() => migrate(database()))
  for (const scenario of scenarios) {
    test(`${scenario.title}: nothing is lost and nothing is done twice`, async () => {
      let deaths = 0
      for (let point = 1; ; point += 1) {
        await using world = await TestWorld.open({ database: database(), workflows, policies })
        const run = await world.start('partner-approval', application)
        world.crashAt(point)
        const died = await live(world, run, scenario)
        await assertEnded(world, run, scenario, `died at point ${point}`)
        if (!died) break
        deaths += 1
      }
      assert.ok(deaths > 5, `${deaths} deaths were tried`)
    })
  }
})

/** People, partner and vendor do what is asked of them until the run has ended. Answers whether the process died on the way. */
async function live(world: TestWorld, run: TestRun, scenario: Scenario): Promise<boolean> {
  let died = false
  for (let turn = 0; turn < 100; turn += 1) {
    if (world.isDead) {
      died = true
      await world.reopen()
    }
    const view = await run.view()
    if (view.status === 'ended') return died
    await take(world, run, view, scenario)
  }
  assert.fail('the run does not come to an end')
}

async function take(world: TestWorld, run: TestRun, view: RunView, scenario: Scenario): Promise<void> {
  const task = view.tasks.find(({ state }) => state === 'open')
  const doubt = view.effects.find(({ state }) => state === 'in_doubt' || state === 'parked')
  const waits = new Set(view.waits.map(({ name }) => name))
  if (doubt !== undefined)
    return run.resolve({ key: doubt.key, resolution: truth(world, run, doubt), why: 'asked the vendor' })
  if (task !== undefined) return scenario.decide(run, task.gate)
  if (waits.has('partnerReply') && scenario.reply !== undefined) {
    const round = view.records.filter(({ name }) => name === 'sendTerms' || name === 'sendRevisedTerms').length
    return run.signal('partnerReply', scenario.reply(round), `reply-${round}`)
  }
  if (waits.has('agreementSigned') && scenario.sign !== undefined) return run.signal(scenario.sign, {}, 'signature')
  const due = Math.min(
    ...view.waits.flatMap(({ dueAt }) => dueAt ?? []),
    ...view.effects.flatMap(({ retryAt }) => retryAt ?? []),
  )
  return world.advanceTo(Number.isFinite(due) ? Math.max(due, world.now + 1_000) : world.now + 60_000)
}

/** What a person finds out who asks the vendor about an effect in doubt. */
function truth(world: TestWorld, run: TestRun, { key, generation }: EffectView) {
  const sent = `${run.id}/${key}${generation === 1 ? '' : `~${generation}`}`
  if (!world.vendors.acts.some((act) => act.key === sent)) return { outcome: 'never' } as const
  return { outcome: 'happened', output: key.startsWith('undo ') ? null : { messageId: `found:${sent}` } } as const
}

async function assertEnded(world: TestWorld, run: TestRun, { outcome, acts }: Scenario, at: string): Promise<void> {
  const view = await run.view()
  assert.equal(view.outcome, outcome, at)
  assert.equal(view.undo, outcome === 'completed' ? 'nothing' : 'compensated', at)
  const keys = world.vendors.acts.map(({ key }) => key.slice(run.id.length + 1).replace(/~\d+$/, ''))
  assert.deepEqual(keys.toSorted(), acts.toSorted(), at)
  assert.deepEqual(view.waits, [], at)
  assert.deepEqual(
    view.tasks.filter(({ state }) => state === 'open'),
    [],
    at,
  )
}
