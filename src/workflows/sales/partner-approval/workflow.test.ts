import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import {
  type Attempt,
  Crash,
  driveScripted,
  newLedger,
  type Script,
  type Scripted,
  type ScriptedLedger,
  type ScriptedRun,
  STARTED_AT,
} from '../../../../test/support/scripted-host.ts'
import type { Envelope, Mail, PartnerRecord, TemplateMessage } from '../../../connectors/systems.ts'
import { digestOf } from '../../../engine/digest.ts'
import { slotsOf } from '../../../engine/task-request.ts'
import type { Result } from '../../../flow/drive.ts'
import { isOutside } from '../../../flow/effect.ts'
import { Stuck } from '../../../flow/endings.ts'
import type { Personal } from '../../../flow/personal.ts'
import { workflows } from '../../index.ts'
import { Activation, partnerApproval as contract, Terms } from './contract.ts'
import * as steps from './steps.ts'

const workflow = workflows.find((one) => one.contract === contract) ?? assert.fail('the workflow is not listed')
const ALLOWED_BEFOREHAND = ['open_partner_record', 'acknowledge_application']

// — the partner, and the world around the run ——————————————————————————————————————————————————————————————————————————

const sealed = (value: string) => ({ sealed: `v1.person.${Buffer.from(value).toString('base64url')}` })
const clear = ({ sealed: text }: Personal): string => Buffer.from(text.split('.')[2] ?? '', 'base64url').toString()
const contact = { name: 'سارة العتيبي', email: 'sara@nakheel.example', mobile: '+966501234567' }
const application = {
  company: 'شركة النخيل للتقنية',
  registration: { kind: 'unified', number: '7001234567' },
  contact: { name: sealed(contact.name), email: sealed(contact.email), mobile: sealed(contact.mobile) },
  language: 'ar',
  partnership: 'distribution',
  territories: ['riyadh', 'eastern'],
  yearsActive: 12,
  employees: 60,
  annualRevenueSar: 25_000_000,
  representsCompetitor: false,
}

interface World {
  readonly acts: { readonly key: string; readonly what: string }[]
  readonly mails: Mail[]
  readonly notices: TemplateMessage[]
  readonly envelopes: Envelope[]
  readonly links: { readonly round: unknown }[]
  readonly kept: unknown[]
}
const newWorld = (): World => ({ acts: [], mails: [], notices: [], envelopes: [], links: [], kept: [] })

const openOn =
  ({ acts, mails, notices, envelopes, links, kept }: World) =>
  ({ key }: Attempt) => ({
    personal: { open: async (value: Personal) => clear(value) },
    links: {
      answer: async ({ fixed }: { readonly fixed: { readonly round: unknown } }) => {
        links.push(fixed)
        return `https://answers.example/${links.length}`
      },
    },
    email: {
      send: async (mail: Mail) => {
        acts.push({ key, what: `mail ${mail.subject}` })
        mails.push(mail)
        return { messageId: key }
      },
    },
    whatsapp: {
      sendTemplate: async (notice: TemplateMessage) => {
        acts.push({ key, what: 'whatsapp' })
        notices.push(notice)
        return { messageId: key }
      },
    },
    crm: {
      savePartner: async ({ stage, externalId }: PartnerRecord) => {
        acts.push({ key, what: `crm ${stage}` })
        return { recordId: `crm-${externalId}`, created: stage === 'applicant' }
      },
    },
    esign: {
      sendEnvelope: async (envelope: Envelope) => {
        acts.push({ key, what: 'envelope sent' })
        envelopes.push(envelope)
        return { envelopeId: 'envelope-1' }
      },
      voidEnvelope: async ({ envelopeId }: { readonly envelopeId: string }) => {
        acts.push({ key, what: `void ${envelopeId}` })
        return { envelopeId }
      },
    },
    kept: { put: (id: string, body: unknown) => kept.push({ id, body }) },
  })

// — what people and the partner do ————————————————————————————————————————————————————————————————————————————————————

const value = (of: unknown): Scripted => ({ kind: 'value', value: of })
const expired: Scripted = { kind: 'expired' }
const rejected: Scripted = { kind: 'rejected', why: 'the risk is too high' }
const accept = (round: number) => value({ answer: 'accept', round })
const counter = (round: number) => value({ answer: 'counter', round, commissionPercent: 22, note: 'نأمل رفع العمولة' })
const answerKey = (round: number) => (round === 1 ? 'partnerReply' : `partnerReply#${round}`)
type Changes = Readonly<Record<string, Scripted>>

/** Everything is approved, accepted and signed; `changes` by key say otherwise. */
const script =
  (changes: Changes = {}): Script =>
  ({ kind, key, name }) => {
    if (changes[key] !== undefined) return changes[key]
    if (kind === 'gate') return value({})
    if (key === 'partnerReply') return accept(1)
    return name === 'agreementSigned' ? value({}) : undefined
  }
/** This many counter-offers, and then the terms are accepted. */
const counters = (count: number): Changes =>
  Object.fromEntries([
    ...Array.from({ length: count }, (_, index) => [answerKey(index + 1), counter(index + 1)] as const),
    [answerKey(count + 1), accept(count + 1)] as const,
  ])
const silence: Changes = { partnerReply: expired, 'partnerReply/rung-2': expired, 'partnerReply/last': expired }
const unsigned: Changes = {
  'signing/agreementSigned': expired,
  'signing/agreementSigned/rung-2': expired,
  'signing/agreementSigned/last': expired,
}

function start(changes: Changes, more: Partial<ScriptedRun> & { readonly world?: World } = {}) {
  const { world = newWorld(), ...settings } = more
  const driven = driveScripted({
    workflow,
    input: application,
    script: script(changes),
    open: openOn(world),
    classA: ALLOWED_BEFOREHAND,
    ...settings,
  })
  return { ...driven, world }
}
async function run(changes: Changes, more: Parameters<typeof start>[1] = {}) {
  const { result, world, ledger } = start(changes, more)
  return { result: await result, world, ledger }
}
const endOf = (result: Result) => (result.outcome === 'completed' ? 'completed' : result.ending)
const keysOf = ({ rows }: ScriptedLedger) => [...rows.keys()].toSorted()
const actsOf = ({ acts }: World) => [...new Set(acts.map(({ key, what }) => `${key}: ${what}`))].toSorted()

const termsIn = (input: unknown): Terms => z.object({ terms: Terms }).parse(input).terms
const roundOf = (result: Result): unknown =>
  result.outcome === 'completed' ? Activation.parse(result.value).round : undefined

interface Scenario {
  readonly title: string
  readonly changes: Changes
  readonly ends: string
  /** How far the run came, which decides what there is to undo. */
  readonly reached: 'application' | 'terms' | 'envelope' | 'signature'
}
const scenarios: readonly Scenario[] = [
  { title: 'straight approval', changes: {}, ends: 'completed', reached: 'signature' },
  { title: 'the manager rejects', changes: { managerReview: rejected }, ends: 'rejected', reached: 'application' },
  {
    title: 'the manager does not decide',
    changes: { managerReview: expired },
    ends: 'expired',
    reached: 'application',
  },
  { title: 'legal rejects', changes: { legalReview: rejected }, ends: 'rejected', reached: 'application' },
  {
    title: 'legal returns the terms twice',
    changes: {
      legalReview: { kind: 'returned', comments: 'commission: 14' },
      'legalReview#2': { kind: 'returned', comments: 'سرية المعلومات لمدة سنتين بعد انتهاء الاتفاقية' },
    },
    ends: 'completed',
    reached: 'signature',
  },
  {
    title: 'legal decides only after the escalation',
    changes: { legalReview: expired },
    ends: 'completed',
    reached: 'signature',
  },
  {
    title: 'nobody decides after the escalation either',
    changes: { legalReview: expired, 'legalReview/escalated': expired },
    ends: 'expired',
    reached: 'application',
  },
  { title: 'three counter-offers', changes: counters(3), ends: 'completed', reached: 'signature' },
  { title: 'a counter-offer in the last round', changes: counters(5), ends: 'no agreement', reached: 'terms' },
  {
    title: 'legal rejects what was revised',
    changes: { ...counters(1), 'legalReview#2': rejected },
    ends: 'rejected',
    reached: 'terms',
  },
  {
    title: 'the partner declines',
    changes: { partnerReply: value({ answer: 'decline', round: 1, because: 'لا تناسبنا' }) },
    ends: 'declined',
    reached: 'terms',
  },
  { title: 'the partner does not answer', changes: silence, ends: 'no answer', reached: 'terms' },
  {
    title: 'the partner answers after both reminders',
    changes: { ...silence, 'partnerReply/last': accept(1) },
    ends: 'completed',
    reached: 'signature',
  },
  { title: 'the executive rejects', changes: { executiveApproval: rejected }, ends: 'rejected', reached: 'terms' },
  {
    title: 'the executive does not decide',
    changes: { executiveApproval: expired },
    ends: 'expired',
    reached: 'terms',
  },
  { title: 'the agreement is not signed', changes: unsigned, ends: 'not signed', reached: 'envelope' },
  {
    title: 'the partner refuses to sign',
    changes: {
      'signing/agreementSigned': expired,
      'signing/agreementSigned/rung-2': expired,
      'refusal/agreementDeclined': value({}),
    },
    ends: 'not signed',
    reached: 'envelope',
  },
]

suite('the straight way', () => {
  test('opens, reviews, agrees, signs and activates, in this order', async () => {
    const { result, world } = await run({})
    assert.deepEqual(result, {
      outcome: 'completed',
      value: { recordId: 'crm-run_1', portalAccount: 'run_1', round: 1, commissionPercent: 18 },
    })
    assert.deepEqual(
      world.acts.map(({ key, what }) => [key.replace('run_1/', ''), what]),
      [
        ['openRecord', 'crm applicant'],
        ['acknowledge', 'mail تسلّمنا طلب الشراكة المقدم من شركة النخيل للتقنية'],
        ['sendTerms', 'mail شروط الشراكة المقترحة مع شركة النخيل للتقنية'],
        ['noticeByWhatsApp', 'whatsapp'],
        ['sendEnvelope', 'envelope sent'],
        ['activateRecord', 'crm active'],
        ['welcome', 'mail أهلًا بكم شريكًا لنا: شركة النخيل للتقنية'],
      ],
    )
  })

  test('opens the contact only to reach it: nothing on record holds it', async () => {
    const { world, ledger } = await run(counters(2))
    assert.ok(world.mails.every(({ to }) => to === contact.email))
    assert.deepEqual(world.notices[0]?.parameters, [contact.name, application.company])
    assert.equal(world.notices[0]?.to, contact.mobile)
    const written = JSON.stringify([[...ledger.rows.values()], world.kept])
    for (const secret of Object.values(contact)) assert.ok(!written.includes(secret))
  })

  test('grants the portal to the sealed address, and welcomes without a secret', async () => {
    const { world } = await run({})
    assert.deepEqual(world.kept[0], {
      id: 'run_1',
      body: {
        company: application.company,
        partnership: 'distribution',
        language: 'ar',
        signInBy: application.contact.email,
        grantedAt: STARTED_AT,
      },
    })
  })

  test('asks the partner to sign before the organisation', async () => {
    const { world } = await run({})
    assert.deepEqual(
      world.envelopes[0]?.signers.map(({ email }) => email),
      [contact.email, 'signatory@madar.example'],
    )
  })
})

suite('every ending', () => {
  for (const { title, changes, ends, reached } of scenarios)
    test(`${title}: ${ends}`, async () => {
      const { result, world } = await run(changes)
      assert.equal(endOf(result), ends)
      if (ends === 'completed') return
      assert.equal(result.outcome === 'ended' && result.undo, 'compensated')
      const undone = world.acts.filter(({ key }) => key.includes('/undo ')).map(({ what }) => what)
      assert.deepEqual(undone, [
        ...(reached === 'envelope' ? ['void envelope-1'] : []),
        ...(reached === 'application' ? [] : [`mail سحب شروط الشراكة المعروضة على ${application.company}`]),
        `mail إغلاق طلب الشراكة المقدم من ${application.company}`,
        'crm closed',
      ])
    })

  test('a run that is cancelled while the partner thinks is undone like the others', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      {},
      {
        script: (operation) => (operation.name === 'partnerReply' ? undefined : script()(operation)),
        onAsk: ({ name }) => name === 'partnerReply' && asked.resolve(),
      },
    )
    await asked.promise
    started.cancel({ why: 'the applicant withdrew', undo: true })
    assert.equal(endOf(await started.result), 'cancelled')
    assert.deepEqual(
      started.world.acts.slice(-3).map(({ key }) => key),
      ['run_1/undo sendTerms', 'run_1/undo acknowledge', 'run_1/undo openRecord'],
    )
  })

  test('once all have signed nothing is undone', async () => {
    const asked = Promise.withResolvers<void>()
    const started = start(
      {},
      {
        onAsk: ({ name }) => name === 'activateRecord' && asked.resolve(),
        delay: ({ name }) => (name === 'activateRecord' ? 3 : 0),
      },
    )
    await asked.promise
    started.cancel({ why: 'too late', undo: true })
    await assert.rejects(started.result, (error) => error instanceof Stuck && error.code === 'AFTER_PIVOT')
    assert.ok(started.world.acts.every(({ key }) => !key.includes('undo')))
  })
})

suite('rounds', () => {
  for (const count of [0, 1, 2, 3, 4])
    test(`after ${count} counter-offers the terms of round ${count + 1} are agreed`, async () => {
      const { result, world, ledger } = await run(counters(count))
      assert.equal(roundOf(result), count + 1)
      const reviewed = [...ledger.rows.values()].filter(({ name }) => name === 'legalReview')
      assert.equal(reviewed.length, count + 1)
      const digests = reviewed.map(({ input }) => digestOf(termsIn(input)))
      assert.equal(new Set(digests).size, count + 1)
      const executive = ledger.rows.get('executiveApproval')?.input
      assert.equal(digestOf(termsIn(executive)), digests.at(-1))
      assert.deepEqual(
        world.links.map(({ round }) => round),
        Array.from({ length: count + 1 }, (_, index) => index + 1),
      )
    })

  test('a counter-offer in the fifth round is not reviewed any more', async () => {
    const { ledger } = await run(counters(5))
    assert.equal([...ledger.rows.values()].filter(({ name }) => name === 'legalReview').length, 5)
  })

  test('an answer to the terms of an older round is passed over', async () => {
    const { result, ledger } = await run({
      partnerReply: counter(1),
      'partnerReply#2': accept(1),
      'partnerReply#3': value({ answer: 'decline', round: 1 }),
      'partnerReply#4': accept(2),
    })
    assert.equal(roundOf(result), 2)
    assert.ok(ledger.rows.has('partnerReply#4'))
  })

  test('what legal changes is what the partner is sent, and what it returned is not', async () => {
    const { world, ledger } = await run(scenarios.find(({ title }) => title.startsWith('legal returns'))?.changes ?? {})
    const [, terms] = world.mails
    assert.match(terms?.text ?? '', /العمولة: 14%/)
    assert.match(terms?.text ?? '', /شرط خاص: سرية المعلومات لمدة سنتين بعد انتهاء الاتفاقية/)
    assert.equal(termsIn(ledger.rows.get('sendTerms')?.input).revision, 3)
  })
})

suite('reminders', () => {
  test('say what is left of the seven working days, and bring a link of their own', async () => {
    const { world } = await run(silence)
    const reminders = world.mails.filter(({ subject }) => subject.startsWith('تذكير'))
    assert.equal(reminders.length, 2)
    assert.match(reminders[0]?.text ?? '', /تنتهي بعد 5 أيام عمل/)
    assert.match(reminders[1]?.text ?? '', /تنتهي بعد يومي عمل/)
    assert.equal(world.links.length, 3)
  })

  test('a notice or a reminder that cannot be delivered ends nothing', async () => {
    const { result } = await run({
      partnerReply: expired,
      'partnerReply/rung-2': accept(1),
      noticeByWhatsApp: { kind: 'failed', code: '131026' },
      'partnerReply/reminder-1/remindPartner': { kind: 'failed', code: '550' },
    })
    assert.equal(endOf(result), 'completed')
  })

  test('terms that cannot be delivered end the run', async () => {
    const { result } = await run({ sendTerms: { kind: 'failed', code: '550' } })
    assert.equal(endOf(result), 'failed')
  })
})

suite('authority', () => {
  test('every outside effect but the first two is listed by a gate', () => {
    const listed = Object.values(contract.gates).flatMap(({ authorises }) =>
      Object.values<readonly string[]>(authorises).flat(),
    )
    const needing = Object.entries(steps).filter(
      ([, { effect }]) => isOutside(effect) && !ALLOWED_BEFOREHAND.includes(effect.action),
    )
    assert.deepEqual(
      needing.map(([name]) => name).toSorted(),
      listed.toSorted((one, other) => (one < other ? -1 : 1)),
    )
    assert.deepEqual(
      needing.filter(([, { subject }]) => subject !== 'terms'),
      [],
    )
  })

  test('without the decision nothing leaves', async () => {
    const noLegal = { ...contract.gates.legalReview, authorises: {} }
    const changed = { ...workflow, contract: { ...contract, gates: { ...contract.gates, legalReview: noLegal } } }
    await assert.rejects(
      start({}, { workflow: changed }).result,
      (error) => error instanceof Stuck && error.code === 'NOT_AUTHORISED',
    )
  })

  test('the kind of partnership says who approves the agreed terms', () => {
    const approversOf = (partnership: string) =>
      slotsOf(contract.gates.executiveApproval, { partnership }, false).map(({ roles }) => roles.join())
    assert.deepEqual(approversOf('referral'), ['manager'])
    assert.deepEqual(approversOf('distribution'), ['director'])
    assert.deepEqual(approversOf('technology'), ['vp'])
    assert.deepEqual(approversOf('strategic'), ['c-level'])
    assert.deepEqual(approversOf('government'), ['c-level', 'legal'])
  })

  test('an escalated legal review may be decided by the executives as well', () =>
    assert.deepEqual(
      slotsOf(contract.gates.legalReview, {}, true).map(({ roles }) => roles),
      [['legal', 'c-level']],
    ))
})

suite('crashes and interleavings', () => {
  for (const scenario of scenarios)
    test(`${scenario.title}: a crash after every row, and the same keys and acts`, async () => {
      const calm = await run(scenario.changes)
      for (let row = 1; row <= calm.ledger.rows.size; row += 1) {
        const ledger = newLedger()
        const world = newWorld()
        await assert.rejects(run(scenario.changes, { ledger, world, crashAfter: row }), Crash)
        const { result } = await run(scenario.changes, { ledger, world })
        assert.deepEqual(result, calm.result)
        assert.deepEqual(keysOf(ledger), keysOf(calm.ledger), `crash after row ${row}`)
        assert.deepEqual(actsOf(world), actsOf(calm.world))
        const acts = world.acts.length
        await run(scenario.changes, { ledger, world })
        assert.equal(world.acts.length, acts)
      }
    })

  test('200 interleavings give the same keys', async () => {
    const longest = { ...counters(3), ...unsigned, legalReview: expired }
    const calm = await run(longest)
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomOf(seed)
      const { result, ledger } = await run(longest, { delay: () => Math.floor(random() * 6) })
      assert.deepEqual(result, calm.result, `seed ${seed}`)
      assert.deepEqual(keysOf(ledger), keysOf(calm.ledger), `seed ${seed}`)
    }
  })
})

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
