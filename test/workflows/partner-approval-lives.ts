/** Lives of a partner approval: what people, the partner and the vendors do, and what is left at the end. */
import assert from 'node:assert/strict'
import type { Role } from '../../src/flow/gate.ts'
import type { EffectView, RunView } from '../../src/ledger/reading/run-view.ts'
import type { TestRun, TestWorld } from '../../src/testing/index.ts'

export const policies = { open_partner_record: 'A', acknowledge_application: 'A' } as const
export const application = {
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

export interface Life {
  readonly title: string
  readonly outcome: string
  /** Every act of a vendor, each once, in the end. */
  readonly acts: readonly string[]
  readonly decide: (run: TestRun, gate: string) => Promise<void>
  /** The partner's answer in a round; undefined for silence. */
  readonly reply?: (round: number) => object
  readonly sign?: 'agreementSigned' | 'agreementDeclined'
  /** The gate at which nobody decides. */
  readonly silentAt?: string
  /** The gate or signal at which an operator cancels the run. */
  readonly cancelledAt?: string
}

const approvers: Readonly<Record<string, Role>> = {
  managerReview: 'manager',
  legalReview: 'legal',
  executiveApproval: 'director',
}
export const approve = (run: TestRun, gate: string) => run.approveAs(approvers[gate] ?? 'legal', {}, gate)
export const opening = ['openRecord', 'acknowledge']
export const closing = ['undo acknowledge', 'undo openRecord']
export const terms = ['sendTerms', 'noticeByWhatsApp']
export const accept = (round: number) => ({ answer: 'accept', round })

/** Together they come to every effect and every ending that people, partner and signer can bring about. */
export const lives: readonly Life[] = [
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

/** People, partner and vendor do what is asked of them until the run has ended. Answers whether the process died on the way. */
export async function live(world: TestWorld, run: TestRun, life: Life): Promise<boolean> {
  let died = false
  for (let turn = 0; turn < 100; turn += 1) {
    if (world.isDead) {
      died = true
      await world.reopen()
    }
    const view = await run.view()
    if (view.status === 'ended') return died
    await take(world, run, view, life)
  }
  assert.fail('the run does not come to an end')
}

async function take(world: TestWorld, run: TestRun, view: RunView, life: Life): Promise<void> {
  const task = view.tasks.find(({ state }) => state === 'open')
  const doubt = view.effects.find(({ state }) => state === 'in_doubt' || state === 'parked')
  const waits = new Set(view.waits.map(({ name }) => name))
  if (doubt !== undefined)
    return run.resolve({ key: doubt.key, resolution: truth(world, run, doubt), why: 'asked the vendor' })
  if (life.cancelledAt !== undefined && waits.has(life.cancelledAt)) return run.cancel()
  if (task !== undefined && task.gate !== life.silentAt) return life.decide(run, task.gate)
  if (waits.has('partnerReply') && life.reply !== undefined) {
    const round = view.records.filter(({ name }) => name === 'sendTerms' || name === 'sendRevisedTerms').length
    return run.signal('partnerReply', life.reply(round), `reply-${round}`)
  }
  if (waits.has('agreementSigned') && life.sign !== undefined) return run.signal(life.sign, {}, 'signature')
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
