import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import { onBothDatabases } from '../../test/support/databases.ts'
import { masterKey, openOrderWorld, type OrderWorld } from '../../test/support/order-world.ts'
import type { Actor } from '../engine/commands/actor.ts'
import { Refusal, type RefusalCode } from '../engine/commands/refusal.ts'
import type { Role } from '../flow/gate.ts'
import { days } from '../flow/time.ts'
import { migrate } from '../ledger/migrate.ts'
import { readRun } from '../ledger/reading/runs.ts'
import { type DecideCommand, decideTask } from './decide-task.ts'
import { answerByLink, readAnswerLink, readDecisionLink } from './link-pages.ts'
import { openLinks } from './links.ts'
import { linkService } from './services.ts'
import { listTasks, readTask } from './tasks.ts'

const refused = (code: RefusalCode) => (error: unknown) => error instanceof Refusal && error.code === code
const DAY_MS = 86_400_000

onBothDatabases('Decisions', (database) => {
  let w: OrderWorld
  const links = openLinks({ masterKey, baseUrl: 'https://sijil.example' })
  const tokenOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)

  before(async () => {
    await migrate(database())
  })
  beforeEach(async () => {
    await w?.world.close()
    w = await openOrderWorld(database())
  })
  after(() => w.world.close())

  const runView = async (run: string) => {
    const view = await readRun(database(), w.world.tenant, run as never) // the id came from the ledger
    assert.ok(view)
    return view
  }
  /** The one open task, as the role sees it. */
  const seen = async (role: Role) => {
    const { tasks } = await listTasks(w.parts, w.actor(role))
    assert.equal(tasks.length, 1)
    return readTask(w.parts, w.actor(role), tasks[0]?.id ?? '')
  }
  const decide = async (by: Role | Actor, more: Partial<DecideCommand> = {}) => {
    const actor = typeof by === 'string' ? w.actor(by) : by
    const { id, digest } = await seen('manager')
    const decided = await decideTask(w.parts, actor, {
      task: id,
      verdict: 'approve',
      digest,
      ...(more.verdict === undefined ? { value: { budget: 'operations' } } : { comments: 'because' }),
      ...more,
    })
    await w.idle()
    return decided
  }

  it('shows a decider the opened packet and what follows each outcome', async () => {
    const run = await w.ordered()
    const task = await seen('manager')
    assert.deepEqual(task.packet, {
      goods: { id: 'PO-1', amount: 1_500 },
      supplier: { email: 'huda@example.sa', name: 'هدى' },
    })
    assert.deepEqual(
      [task.personalValues, task.title.ar, task.workflowTitle.en, task.requester, task.returnable, task.subjectField],
      ['opened', 'اعتماد الطلب', 'Order', 'requester', true, 'goods'],
    )
    const [approved, returned, rejected, expired] = task.outcomes
    assert.deepEqual(
      approved?.actions.map(({ step, action, class: of, reversal }) => [step, action, of, reversal.kind]),
      [
        ['place', 'place_order', 'B', 'undo'],
        ['tell', 'tell_supplier', 'B', 'irreversible'],
      ],
    )
    assert.deepEqual(
      [approved?.run, returned?.run, rejected?.run, expired?.run],
      ['goes on', 'goes on', 'undoes', 'undoes'],
    )
    assert.deepEqual(rejected?.undone, [
      { key: 'open', step: 'open', title: { en: 'Open the order', ar: 'فتح الطلب' } },
    ])
    const { audit } = await runView(run)
    assert.deepEqual(
      audit.filter(({ what }) => what === 'task.read').map(({ actor, subject }) => [actor, subject]),
      [['manager', task.id]],
    )
  })

  it('hides personal values from everybody who does not decide the task, and notes nothing', async () => {
    const run = await w.ordered()
    for (const role of ['requester', 'director', 'operator'] as const) {
      const task = await seen(role)
      const hidden = { hidden: true }
      assert.deepEqual(task.packet, { goods: { id: 'PO-1', amount: 1_500 }, supplier: { email: hidden, name: hidden } })
      assert.deepEqual([task.personalValues, task.mayDecide], ['hidden', false])
    }
    assert.equal(
      (await runView(run)).audit.some(({ what }) => what === 'task.read'),
      false,
    )
  })

  it('shows that a person was erased, and keeps the task readable', async () => {
    await w.ordered()
    await w.world.sql('update sijil.person_keys set wrapped = null, erased_at = now() where tenant = $1', [
      w.world.tenant,
    ])
    const fresh = await openOrderWorld(database())
    const parts = { ...w.parts, open: fresh.parts.open }
    const { tasks } = await listTasks(parts, w.actor('manager'))
    const { packet } = await readTask(parts, w.actor('manager'), tasks[0]?.id ?? '')
    await fresh.world.close()
    assert.deepEqual((packet as { supplier: unknown }).supplier, { email: { erased: true }, name: { erased: true } })
  })

  it('lists what is open, what one may decide, and page by page', async () => {
    const runs = [await w.ordered('A'), await w.ordered('B'), await w.ordered('C')]
    const mine = async (role: Role) => (await listTasks(w.parts, w.actor(role), { mine: true })).tasks.length
    assert.deepEqual([await mine('manager'), await mine('legal'), await mine('director')], [3, 3, 0])
    const first = await listTasks(w.parts, w.actor('manager'), { limit: 2 })
    const second = await listTasks(w.parts, w.actor('manager'), { limit: 2, after: first.next })
    assert.deepEqual([...first.tasks, ...second.tasks].map(({ run }) => run).toSorted(), runs.toSorted())
    assert.equal(second.next, undefined)
    assert.equal((await listTasks(w.parts, w.actor('manager'), { run: runs[1] })).tasks.length, 1)
    assert.equal((await listTasks(w.parts, w.actor('manager'), { state: 'closed' })).tasks.length, 0)
    await assert.rejects(listTasks(w.parts, w.actor('manager'), { after: "x' or true" }), refused('MALFORMED_ID'))
  })

  it('counts each person once until all slots are filled, then tells the run', async () => {
    const run = await w.ordered()
    assert.deepEqual(await decide('manager'), { code: 'COUNTED', state: 'open' })
    await assert.rejects(decide('manager'), refused('ALREADY_DECIDED'))
    assert.equal((await seen('legal')).mayDecide, true)
    assert.equal((await seen('manager')).mayDecide, false)
    assert.deepEqual(await decide('legal'), { code: 'DECIDED', state: 'approved' })
    const { records, tasks } = await runView(run)
    assert.deepEqual(records.find(({ key }) => key === 'approval')?.value, {
      outcome: 'approved',
      by: ['legal', 'manager'],
      value: { budget: 'operations' },
    })
    assert.deepEqual(tasks[0]?.decisions.map(({ person, verdict }) => `${person} ${verdict}`).toSorted(), [
      'legal approve',
      'manager approve',
    ])
  })

  it('refuses who may not decide, what is out of date, and what is incomplete; nothing is decided', async () => {
    const run = await w.ordered()
    const both = { ...w.actor('requester'), roles: ['manager'] as const }
    await w.world.sql(
      "update sijil.people set roles = '{requester,manager}' where tenant = $1 and person = 'requester'",
      [w.world.tenant],
    )
    const refusals: readonly (readonly [RefusalCode, Role | Actor, Partial<DecideCommand>])[] = [
      ['OWN_REQUEST', both, {}],
      ['NOT_YOUR_ROLE', 'director', {}],
      ['STALE_DIGEST', 'manager', { digest: 'another' }],
      ['INVALID_VALUE', 'manager', { value: { budget: 'x' } }],
      ['TEXT_NOT_STORABLE', 'manager', { value: { budget: 'x\0y' } }],
      ['COMMENTS_REQUIRED', 'manager', { verdict: 'reject', comments: ' ' }],
      ['COMMENTS_REQUIRED', 'manager', { verdict: 'return', comments: undefined }],
      ['INVALID_VALUE', 'manager', { comments: 'x'.repeat(20_000) }],
      ['NO_SUCH_TASK', 'manager', { task: run }],
      ['NO_SUCH_TASK', 'manager', { task: 'not an id' }],
    ]
    for (const [code, by, more] of refusals) await assert.rejects(decide(by, more), refused(code), code)
    const stranger = { ...w.actor('manager'), tenant: 'elsewhere' as Actor['tenant'] } // a name of the right form
    await assert.rejects(decide(stranger), refused('NO_SUCH_TASK'))
    assert.deepEqual((await runView(run)).tasks[0]?.decisions, [])
  })

  it('refuses whoever stands in for the requester', async () => {
    await w.ordered()
    await w.world.sql("insert into sijil.delegations values ($1, 'requester', 'manager', $2)", [
      w.world.tenant,
      w.world.now + DAY_MS,
    ])
    await assert.rejects(decide('manager'), refused('OWN_REQUEST'))
  })

  it('refuses a task whose time is over or that is closed', async () => {
    await w.ordered()
    const { id, digest } = await seen('manager')
    const reject = () =>
      decideTask(w.parts, w.actor('manager'), { task: id, verdict: 'reject', digest, comments: 'too dear' })
    await w.world.setClock(w.world.now + 3 * DAY_MS)
    await assert.rejects(reject(), refused('TASK_EXPIRED'))
    await w.world.engine.clockMoved()
    await w.idle()
    await assert.rejects(reject(), refused('TASK_CLOSED'))
  })

  it('ends the run with undo when one rejects, and says why', async () => {
    const run = await w.ordered()
    await decide('legal', { verdict: 'reject', comments: 'not this supplier' })
    const view = await runView(run)
    assert.deepEqual([view.outcome, view.undo], ['rejected', 'compensated'])
    assert.match(view.why ?? '', /not this supplier/)
  })

  it('offers a return only where the gate has one', async () => {
    const run = await w.ordered()
    await decide('manager')
    await decide('legal')
    await w.world.signal(run, 'placed', { reference: 'e' })
    await w.world.signal(run, 'answer', { accepts: true, round: 1 })
    const { id, digest, returnable, outcomes } = await seen('director')
    assert.deepEqual(
      [returnable, outcomes.map(({ outcome, run: then }) => `${outcome} ${then}`)],
      [false, ['approved goes on', 'rejected undoes', 'expired goes on']],
    )
    const back = { task: id, digest, verdict: 'return', comments: 'once more' } as const
    await assert.rejects(decideTask(w.parts, w.actor('director'), back), refused('RETURN_NOT_OFFERED'))
    await decideTask(w.parts, w.actor('director'), { task: id, digest, verdict: 'approve', value: {} })
    await w.idle()
    assert.deepEqual((await runView(run)).result, { accepts: true, envelope: 'e' })
  })

  it('lets an operator close what came too late', async () => {
    const run = await w.ordered()
    await w.world.cancel(run)
    await w.world.signal(run, 'answer', { accepts: true, round: 1 })
    const task = await seen('operator')
    assert.deepEqual([task.kind, task.title.en, task.outcomes], ['late signal', 'Answer of the supplier', []])
    const { id, digest } = task
    await assert.rejects(
      decideTask(w.parts, w.actor('operator'), { task: id, digest, verdict: 'return', comments: 'x' }),
      refused('RETURN_NOT_OFFERED'),
    )
    const decided = await decideTask(w.parts, w.actor('operator'), { task: id, digest, verdict: 'approve' })
    assert.deepEqual(decided, { code: 'DECIDED', state: 'approved' })
  })

  it('lets a person decide by a link that was made for them and this packet', async () => {
    await w.ordered()
    const { id: task, digest } = await seen('manager')
    const of = { kind: 'decision', tenant: w.world.tenant, task, digest, expiresAt: w.world.now + DAY_MS } as const
    const page = await readDecisionLink(w.parts, links, tokenOf(links.url({ ...of, person: 'manager' })))
    assert.deepEqual([page.actor.roles, page.actor.source, page.digest], [['manager'], 'link', digest])
    const value = { budget: 'ops' }
    const decideByLink = () =>
      decideTask(w.parts, page.actor, { task: page.task, verdict: 'approve', digest: page.digest, value })
    assert.equal((await decideByLink()).code, 'COUNTED')
    await assert.rejects(decideByLink(), refused('ALREADY_DECIDED'))
    const gone = tokenOf(links.url({ ...of, person: 'nobody' }))
    await assert.rejects(readDecisionLink(w.parts, links, gone), refused('NO_SUCH_PERSON'))
  })

  it('takes the answer of an outside person once, with the fixed fields as they were', async () => {
    const run = await w.ordered()
    const service = linkService({ links, database: database() }, { tenant: w.world.tenant, run, key: 'tell' })
    const request = { signal: 'answer', fixed: { round: 2 }, within: days(5), language: 'ar' } as const
    const token = tokenOf(await service.answer(request))
    const page = await readAnswerLink(w.parts, links, token)
    assert.deepEqual(
      [page.title.ar, page.workflowTitle.en, page.organisation.ar, page.fixed, page.expiresAt, page.used],
      ['رد المورّد', 'Order', 'اختبار', { round: 2 }, w.world.now + 5 * DAY_MS, false],
    )
    await assert.rejects(answerByLink(w.parts, links, token, { accepts: 'yes' }), refused('INVALID_VALUE'))
    assert.equal(await answerByLink(w.parts, links, token, { accepts: true, round: 9 }), 'accepted')
    await assert.rejects(answerByLink(w.parts, links, token, { accepts: false }), refused('LINK_USED'))
    const again = tokenOf(await service.answer({ ...request, within: days(9) }))
    await assert.rejects(answerByLink(w.parts, links, again, { accepts: false }), refused('LINK_USED'))
    assert.equal((await readAnswerLink(w.parts, links, token)).used, true)
    assert.deepEqual(
      (await runView(run)).signals.map(({ id, payload }) => [id, payload]),
      [[`link/${run}/tell`, { accepts: true, round: 2 }]],
    )
    await w.world.setClock(w.world.now + 5 * DAY_MS)
    await assert.rejects(answerByLink(w.parts, links, token, { accepts: true }), refused('LINK_EXPIRED'))
  })
})
