import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { Deal } from './deal.ts'

const Verified = z.looseObject({ findings: z.array(z.unknown()) })
const RunView = z.looseObject({
  outcome: z.string().nullable(),
  undo: z.string().nullable(),
  tasks: z.array(z.looseObject({ state: z.string() })),
  waits: z.array(z.unknown()),
})

suite('a partnership, from application to portal', { timeout: 300_000 }, () => {
  let deal: Deal
  before(async () => {
    deal = await Deal.open()
  })
  after(() => deal.close())

  const viewOf = async (run: string) => RunView.parse(await deal.people.ask('noura', 'GET', `/runs/${run}`))
  /** No vendor was asked for the same act twice. */
  const assertNothingTwice = async () => {
    const named = (await deal.acts()).filter(({ key }) => key !== undefined)
    const acts = named.map(({ vendor, action, key }) => `${vendor} ${action} ${key}`)
    assert.deepEqual(acts.toSorted(), [...new Set(acts)].toSorted())
  }

  test('goes on after each of three kills, and nothing is lost or done twice', async () => {
    const run = await deal.people.startSample('first')
    await deal.kill() // right after the start was acknowledged
    await deal.start()
    assert.equal(await deal.people.startSample('first'), run, 'the acknowledged start is known')

    await deal.decide(run, 'Review the application', { verdict: 'approve', 'value.note': 'مناسب' })
    await deal.kill() // right after a decision was acknowledged
    await deal.start()

    await deal.decide(run, 'Legal review of the terms', { verdict: 'return', comments: 'commission: 9' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.kill() // all sign while nobody listens: the vendor tells us again
    await deal.sign()
    await deal.start()

    await deal.standing(run, 'completed')
    const { undo, tasks, waits } = await viewOf(run)
    assert.deepEqual([undo, waits], ['nothing', []])
    assert.ok(tasks.every(({ state }) => state !== 'open'))
    await assertNothingTwice()
    assert.deepEqual(Verified.parse(await deal.people.ask('yousef', 'POST', '/ledger/verify')).findings, [])
  })

  test('takes back what was done when legal rejects, in reverse order, and the vendors show it', async () => {
    const run = await deal.people.startSample('second', { ...sampleApplication, company: 'شركة ثانية' })
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'reject', comments: 'outside our plan' })
    await deal.standing(run, 'rejected')
    assert.equal((await viewOf(run)).undo, 'compensated')
    const acts = (await deal.acts()).filter(({ key }) => key?.startsWith(run) === true)
    assert.deepEqual(
      acts.map(({ vendor }) => vendor),
      ['hubspot', 'smtp', 'smtp', 'hubspot'],
      'the record is opened and the mail sent; then the mail is taken back and the record closed',
    )
    await assertNothingTwice()
  })

  test('writes nothing personal into its log', () => {
    for (const personal of ['sara@noor-gulf.example', 'سارة المطيري', '551234567'])
      assert.ok(!deal.said.includes(personal), personal)
  })
})
