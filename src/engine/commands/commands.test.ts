import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, it } from 'node:test'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { anOrder } from '../../../test/support/order.ts'
import { openOrderWorld, type OrderWorld } from '../../../test/support/order-world.ts'
import { migrate } from '../../ledger/migrate.ts'
import { readRun } from '../../ledger/reading/runs.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { resolveEffect } from './resolve-effect.ts'
import { moveRun, moveRuns } from './move-run.ts'
import { cancelRun, retryRun } from './run-commands.ts'
import { sendSignal } from './send-signal.ts'
import { startRun } from './start-run.ts'
import { matchParked, receiveVendorEvents, type VendorEvent } from './vendor-events.ts'

const refused = (code: RefusalCode) => (error: unknown) => error instanceof Refusal && error.code === code

onBothDatabases('Commands', (database) => {
  let w: OrderWorld

  before(async () => {
    await migrate(database())
  })
  beforeEach(async () => {
    await w?.world.close()
    w = await openOrderWorld(database())
  })
  after(() => w.world.close())

  const count = async (table: string): Promise<number> => {
    const [row] = await w.world.sql<{ n: number }>(`select count(*) as n from sijil.${table} where tenant = $1`, [
      w.world.tenant,
    ])
    return row?.n ?? -1
  }
  const view = async (run: string) => {
    const found = await readRun(database(), w.world.tenant, run as never) // the id came from the ledger
    assert.ok(found)
    return found
  }
  const start = (input: unknown, more: { readonly idempotencyKey?: string; readonly workflow?: string } = {}) =>
    startRun(w.parts, w.actor('requester'), { workflow: 'order', input, ...more })

  it('starts a run whose personal values are sealed before anything is written', async () => {
    const { id } = await start(anOrder())
    await w.idle()
    const run = await view(id)
    assert.equal(run.status, 'waiting')
    assert.match(JSON.stringify(run.input), /"sealed":"v1\./)
    const [dump] = await w.world.sql<{ all: string }>('select string_agg(r::text, chr(10)) as all from sijil.runs r')
    assert.doesNotMatch(dump?.all ?? '', /huda|هدى/)
  })

  it('answers the first run to a second start with the same key, and refuses the key for another input', async () => {
    const first = await start(anOrder(), { idempotencyKey: 'abc' })
    const again = await start(anOrder(), { idempotencyKey: 'abc' })
    assert.deepEqual([again.id, again.known, await count('runs')], [first.id, true, 1])
    await assert.rejects(start(anOrder('PO-2'), { idempotencyKey: 'abc' }), refused('IDEMPOTENCY_KEY_REUSED'))
    await assert.rejects(start(anOrder(), { idempotencyKey: 'a b' }), refused('INVALID_VALUE'))
    // Not even a key for somebody whom only the refused input names.
    const keys = await count('person_keys')
    const order = anOrder()
    const stranger = { ...order, supplier: { ...order.supplier, email: 'stranger@else.example' } }
    await assert.rejects(start(stranger, { idempotencyKey: 'abc' }), refused('IDEMPOTENCY_KEY_REUSED'))
    assert.equal(await count('person_keys'), keys)
    assert.equal(await count('runs'), 1)
  })

  it('names every issue of a bad input and starts nothing', async () => {
    const wrong = { goods: { id: '', amount: -1 }, supplier: { email: 'x', name: 'h' } }
    await assert.rejects(start(wrong), (error: unknown) => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ['goods.id', 'goods.amount', 'supplier.email', 'supplier.name'],
      )
      return error.httpStatus === 422 && error.words.ar !== error.words.en
    })
    const order = anOrder()
    await assert.rejects(start({ ...order, goods: { ...order.goods, id: 'a\0b' } }), refused('TEXT_NOT_STORABLE'))
    await assert.rejects(start({ ...order, goods: { ...order.goods, id: '\ud800' } }), refused('TEXT_NOT_STORABLE'))
    await assert.rejects(start({ ...order, more: 'x'.repeat(300_000) }), refused('VALUE_TOO_LARGE'))
    await assert.rejects(start(order, { workflow: 'nothing' }), refused('UNKNOWN_WORKFLOW'))
    let deep: object = {}
    for (let level = 0; level < 50_000; level += 1) deep = { deep }
    await assert.rejects(start({ ...order, deep }), refused('INVALID_VALUE'))
    assert.deepEqual([await count('runs'), await count('person_keys')], [0, 0])
  })

  it('lets each person do only what the table says', async () => {
    const run = await w.ordered()
    const operator = w.actor('operator')
    await assert.rejects(startRun(w.parts, operator, { workflow: 'order', input: anOrder() }), refused('NOT_ALLOWED'))
    const why = 'not wanted'
    await assert.rejects(cancelRun(w.parts, w.actor('manager'), { run, undo: true, why }), refused('NOT_ALLOWED'))
    await assert.rejects(retryRun(w.parts, w.actor('requester'), { run, why }), refused('NOT_ALLOWED'))
    const elsewhere = { ...operator, tenant: 'elsewhere' as typeof operator.tenant } // a name of the right form
    await assert.rejects(cancelRun(w.parts, elsewhere, { run, undo: true, why }), refused('NO_SUCH_RUN'))
    await assert.rejects(cancelRun(w.parts, operator, { run: 'x', undo: true, why }), refused('NO_SUCH_RUN'))
    await assert.rejects(cancelRun(w.parts, operator, { run, undo: true, why: ' ' }), refused('INVALID_VALUE'))
    assert.equal((await view(run)).status, 'waiting')
  })

  it('cancels a run for its requester, with undo, and not twice', async () => {
    const run = await w.ordered()
    await cancelRun(w.parts, w.actor('requester'), { run, undo: true, why: 'no budget' })
    await w.idle()
    const ended = await view(run)
    assert.deepEqual([ended.outcome, ended.undo, ended.tasks[0]?.state], ['cancelled', 'compensated', 'withdrawn'])
    await assert.rejects(
      cancelRun(w.parts, w.actor('operator'), { run, undo: true, why: 'again' }),
      refused('RUN_ENDED'),
    )
    await assert.rejects(retryRun(w.parts, w.actor('operator'), { run, why: 'again' }), refused('NOT_STUCK'))
  })

  it('moves a run, or all of them, for an operator alone, and only where there is an engine for it', async () => {
    const run = await w.ordered()
    const why = 'the cluster is there'
    const operator = w.actor('operator')
    const to = 'temporal' as const
    await assert.rejects(moveRun(w.parts, w.actor('requester'), { run, to, why }), refused('NOT_ALLOWED'))
    await assert.rejects(moveRuns(w.parts, w.actor('manager'), { to, why }), refused('NOT_ALLOWED'))
    await assert.rejects(moveRun(w.parts, operator, { run, to, why: ' ' }), refused('INVALID_VALUE'))
    await assert.rejects(moveRun(w.parts, operator, { run, to: 'local', why }), refused('ALREADY_THERE'))
    const withoutCluster = { ...w.parts, loadableOn: () => undefined }
    await assert.rejects(moveRun(withoutCluster, operator, { run, to, why }), refused('NO_CLUSTER'))
    await assert.rejects(moveRuns(withoutCluster, operator, { to, why }), refused('NO_CLUSTER'))
    const other = { ...w.parts, loadableOn: () => ['order@2'] }
    await assert.rejects(moveRun(other, operator, { run, to, why }), refused('VERSION_NOT_LOADABLE'))
    const page = await moveRuns(other, operator, { to, why })
    assert.deepEqual(page.refused.find((one) => one.run === run)?.code, 'VERSION_NOT_LOADABLE')
    assert.equal((await view(run)).engine, 'local')
    await moveRun(w.parts, operator, { run, to, why })
    assert.equal((await view(run)).engine, 'temporal')
    assert.ok((await moveRuns(w.parts, operator, { to: 'local', why })).moved === 1)
    await w.idle()
    assert.deepEqual([(await view(run)).engine, (await view(run)).status], ['local', 'waiting'])
  })

  it('puts a signal into the mailbox once, and only one that the contract knows', async () => {
    const run = await w.ordered()
    const operator = w.actor('operator')
    const signal = { run, signal: 'answer', payload: { accepts: true, round: 1 }, id: 'a-1' }
    assert.equal(await sendSignal(w.parts, operator, signal), 'accepted')
    assert.equal(await sendSignal(w.parts, operator, signal), 'duplicate')
    await assert.rejects(sendSignal(w.parts, operator, { ...signal, signal: 'toString' }), refused('UNKNOWN_SIGNAL'))
    await assert.rejects(
      sendSignal(w.parts, operator, { ...signal, payload: { accepts: 1 } }),
      refused('INVALID_VALUE'),
    )
    await assert.rejects(sendSignal(w.parts, w.actor('requester'), signal), refused('NOT_ALLOWED'))
    assert.deepEqual(
      (await view(run)).signals.map(({ id, payload }) => [id, payload]),
      [['sent/a-1', signal.payload]],
    )
  })

  const event = (of: Partial<VendorEvent>): VendorEvent => ({
    connector: 'docusign',
    account: 'acc',
    id: 'e1/signed',
    event: 'signed',
    effectKey: undefined,
    reference: 'e1',
    at: w.world.now,
    payload: {},
    ...of,
  })
  const receive = async (of: Partial<VendorEvent>) =>
    (await receiveVendorEvents(w.parts, w.world.tenant, [event(of)]))[0]

  async function approved(): Promise<string> {
    const run = await w.ordered()
    await w.world.decide(run, 'manager', 'approve', { value: { budget: 'ops' } })
    await w.world.decide(run, 'legal', 'approve', { value: { budget: 'ops' } })
    return run
  }

  it("delivers a vendor's event as the signal that says it comes from it, once, by key, digest or reference", async () => {
    const keys = {
      'in clear': (run: string) => ({ effectKey: `${run}/place`, reference: 'r1' }),
      'as a digest': (run: string) => ({
        effectKey: `sha256-${createHash('sha256').update(`${run}/place`).digest('hex')}`,
        reference: 'r2',
      }),
      'by reference': (run: string) => ({ reference: `env:${run}/place` }),
    }
    for (const [how, keyOf] of Object.entries(keys)) {
      const run = await approved()
      const of = { id: how, ...keyOf(run) }
      assert.equal(await receive(of), 'delivered', how)
      assert.equal(await receive(of), 'delivered', how)
      await w.idle()
      const { signals, records } = await view(run)
      assert.equal(signals.filter(({ name }) => name === 'placed').length, 1)
      assert.deepEqual(records.find(({ key }) => key === 'placed')?.value, { reference: of.reference })
    }
  })

  it('parks what matches nothing yet, once, and delivers it when it does', async () => {
    const early = { effectKey: undefined, id: 'early', reference: 'not yet' }
    assert.equal(await receive(early), 'parked')
    assert.equal(await receive(early), 'parked')
    assert.deepEqual([await count('parked_signals'), await matchParked(w.parts, w.world.tenant)], [1, 0])
    const run = await approved()
    await receive({ effectKey: `${run}/place`, id: 'sent', event: 'sent', reference: 'not yet' })
    assert.equal(await matchParked(w.parts, w.world.tenant), 1)
    assert.equal(await matchParked(w.parts, w.world.tenant), 0)
    await w.idle()
    assert.equal((await view(run)).waits.length, 1)
    assert.equal(
      (await view(run)).signals.some(({ name }) => name === 'placed'),
      true,
    )
  })

  it('parks what could be about two effects', async () => {
    for (const order of ['PO-1', 'PO-1', 'PO-2']) await w.ordered(order)
    assert.equal(await receive({ id: 'one', reference: 'crm:PO-2' }), 'seen')
    assert.equal(await receive({ id: 'two', reference: 'crm:PO-1' }), 'parked')
  })

  it('takes a reference for known only within the account that used it', async () => {
    const run = await approved()
    const reference = 'of the account'
    assert.equal(await receive({ effectKey: `${run}/place`, id: 'sent', event: 'sent', reference }), 'seen')
    assert.equal(await receive({ account: 'another', id: 'other', reference }), 'parked')
    assert.equal(await receive({ connector: 'whatsapp', id: 'elsewhere', reference }), 'parked')
    assert.equal(await receive({ id: 'own', reference }), 'delivered')
  })

  it('parks an event whose payload is not what the contract wants', async () => {
    const run = await approved()
    const payload = { reference: 7 }
    assert.equal(await receive({ effectKey: `${run}/place`, payload }), 'parked')
    assert.equal(
      (await view(run)).signals.some(({ name }) => name === 'placed'),
      false,
    )
  })

  it('opens a task for what a vendor says after the end, and shows no run of another tenant', async () => {
    const run = await approved()
    assert.equal((await receiveVendorEvents(w.parts, 'elsewhere', [event({ effectKey: `${run}/place` })]))[0], 'parked')
    await cancelRun(w.parts, w.actor('operator'), { run, undo: true, why: 'over' })
    await w.idle()
    assert.equal(await receive({ effectKey: `${run}/place` }), 'late')
    assert.deepEqual((await view(run)).tasks.map(({ kind, state }) => [kind, state]).at(-1), ['late signal', 'open'])
  })

  it('keeps what a vendor tells also when its text cannot be kept as it came', async () => {
    assert.equal(
      await receive({ id: 'a\0', reference: '\ud800', effectKey: undefined, payload: { text: '\0' } }),
      'parked',
    )
    assert.equal(await count('parked_signals'), 1)
  })

  async function inDoubt(): Promise<string> {
    w.world.faults.set('whatsapp', ['unknown, acted'])
    const run = await approved()
    await receive({ effectKey: `${run}/place` })
    await w.idle()
    assert.equal((await view(run)).effects.find(({ key }) => key === 'tell')?.state, 'in_doubt')
    return run
  }

  it('lets a webhook settle an effect in doubt', async () => {
    const run = await inDoubt()
    const of = { connector: 'whatsapp', id: 'm1', event: 'delivered', reference: 'm1', effectKey: `${run}/tell` }
    assert.equal(await receive(of), 'seen')
    await w.idle()
    const { effects, records } = await view(run)
    assert.equal(effects.find(({ key }) => key === 'tell')?.state, 'done')
    assert.deepEqual(records.find(({ key }) => key === 'tell')?.value, { messageId: 'm1' })
  })

  it('lets an operator settle an effect in doubt with an output that the step could have given', async () => {
    const run = await inDoubt()
    const operator = w.actor('operator')
    const settle = (output: unknown, by = operator) =>
      resolveEffect(w.parts, by, { run, key: 'tell', resolution: { outcome: 'happened', output }, why: 'saw it' })
    await assert.rejects(settle({ messageId: 7 }), refused('INVALID_VALUE'))
    await assert.rejects(settle({ messageId: 'm' }, w.actor('requester')), refused('NOT_ALLOWED'))
    await assert.rejects(
      resolveEffect(w.parts, operator, { run, key: 'no', resolution: { outcome: 'never' }, why: 'saw it' }),
      refused('NO_SUCH_EFFECT'),
    )
    await settle({ messageId: 'm' })
    await w.idle()
    assert.deepEqual((await view(run)).records.find(({ key }) => key === 'tell')?.value, { messageId: 'm' })
    await assert.rejects(settle({ messageId: 'm' }), refused('NOT_IN_DOUBT'))
  })

  it('takes no word about an effect whose run has ended: nobody would act on it', async () => {
    const run = await inDoubt()
    const operator = w.actor('operator')
    await cancelRun(w.parts, operator, { run, undo: false, why: 'not wanted any more' })
    await w.idle()
    const atEnd = await view(run)
    assert.deepEqual([atEnd.status, atEnd.effects.find(({ key }) => key === 'tell')?.state], ['ended', 'in_doubt'])
    const resolution = { outcome: 'happened', output: { messageId: 'm' } } as const
    await assert.rejects(
      resolveEffect(w.parts, operator, { run, key: 'tell', resolution, why: 'saw it' }),
      refused('RUN_ENDED'),
    )
    assert.equal((await view(run)).effects.find(({ key }) => key === 'tell')?.state, 'in_doubt')
  })

  it('lets a stuck run be tried again', async () => {
    const run = await w.ordered()
    await w.world.sql("update sijil.runs set status = 'stuck', stuck_code = 'X', why = 'x' where id = $1", [run])
    await retryRun(w.parts, w.actor('operator'), { run, why: 'mended' })
    await w.idle()
    assert.equal((await view(run)).status, 'waiting')
  })
})
