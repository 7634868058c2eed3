/** The partner approval on the real engine: ledger, policies, calendar, vault and links are those of the product. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { workingDays } from '../../src/flow/time.ts'
import { type TestRun, TestWorld } from '../../src/testing/index.ts'
import { workflows } from '../../src/workflows/index.ts'
import { application as anApplication, policies } from './partner-approval-lives.ts'

const application = {
  ...anApplication,
  registration: { kind: 'unified', number: '٧٠٠١٢٣٤٥٦٧' },
  language: 'en',
  partnership: 'government',
}
const government = { ...application, registration: { kind: 'government', instrument: 'M/19' } }
const distribution = { ...application, partnership: 'distribution' }
const Mail = z.object({ to: z.string(), subject: z.string(), text: z.string() })

let world: TestWorld
before(async () => {
  world = await TestWorld.open({ workflows, policies })
})
after(() => world.close())

const start = (input: unknown): Promise<TestRun> => world.start('partner-approval', input)
/** To where the partner has terms. */
async function offered(input: unknown): Promise<TestRun> {
  const run = await start(input)
  await run.approveAs('manager')
  await run.approveAs('legal')
  await run.runUntil('partnerReply')
  return run
}
const actsOf = ({ id }: TestRun) => world.vendors.acts.filter(({ key }) => key.startsWith(id))
const mailsOf = (run: TestRun) => actsOf(run).flatMap(({ request }) => Mail.safeParse(request).data ?? [])
const keysOf = (run: TestRun) => actsOf(run).map(({ key }) => key.slice(run.id.length + 1))

suite('partner approval on the local engine', () => {
  test('goes from an application to an active partner', async () => {
    const run = await offered(distribution)
    await run.signal('partnerReply', { answer: 'counter', round: 1, commissionPercent: 20, note: 'more, please' })
    await run.approveAs('legal')
    await run.signal('partnerReply', { answer: 'accept', round: 2 })
    await run.approveAs('director')
    await run.signal('agreementSigned', {})
    const { outcome, result } = await run.runUntil()
    assert.equal(outcome, 'completed')
    assert.match(JSON.stringify(result), /commissionPercent/)
    assert.deepEqual(keysOf(run), [
      'openRecord',
      'acknowledge',
      'sendTerms',
      'noticeByWhatsApp',
      'sendRevisedTerms',
      'noticeByWhatsApp#2',
      'sendEnvelope',
      'activateRecord',
      'welcome',
    ])
    assert.ok(mailsOf(run).every(({ to }) => to === 'sara@nakheel.example'))
    const [, terms] = mailsOf(run)
    assert.match(terms?.text ?? '', /Answer the terms:\nhttp:\/\/127\.0\.0\.1:4747\//)
  })

  test('a government partnership needs the executives and legal', async () => {
    const run = await offered(government)
    await run.signal('partnerReply', { answer: 'accept', round: 1 })
    await run.approveAs('c-level')
    assert.equal((await run.task('executiveApproval')).state, 'open')
    await run.approveAs('legal')
    assert.equal(keysOf(run).at(-1), 'sendEnvelope')
  })

  test('a refused signature voids, retracts, tells and closes', async () => {
    const run = await offered(distribution)
    await run.signal('partnerReply', { answer: 'accept', round: 1 })
    await run.approveAs('director')
    await run.signal('agreementDeclined', {})
    const { outcome, undo } = await run.runUntil()
    assert.deepEqual([outcome, undo], ['not signed', 'compensated'])
    assert.deepEqual(keysOf(run).slice(-4), [
      'undo sendEnvelope',
      'undo sendTerms',
      'undo acknowledge',
      'undo openRecord',
    ])
  })

  test('silence: two reminders, and the end after seven working days', async () => {
    const run = await offered(distribution)
    const offeredAt = world.now
    await run.runUntil()
    assert.equal(await run.outcome(), 'no answer')
    // The clock starts on a Sunday: seven working days are nine days.
    assert.equal((world.now - offeredAt) / 86_400_000, 9)
    assert.equal(mailsOf(run).filter(({ subject }) => subject.startsWith('Reminder')).length, 2)
  })

  test('a legal review that nobody answers escalates, and ends the run when nobody answers then', async () => {
    const run = await start(distribution)
    await run.approveAs('manager')
    await world.advance(workingDays(3))
    const { key } = await run.task('legalReview')
    assert.equal(key, 'legalReview/escalated')
    await run.runUntil()
    assert.equal(await run.outcome(), 'expired')
    assert.deepEqual(keysOf(run), ['openRecord', 'acknowledge', 'undo acknowledge', 'undo openRecord'])
  })

  test('what legal returned is amended and reviewed again', async () => {
    const run = await start(distribution)
    await run.approveAs('manager')
    await run.returnAs('legal', 'commission: 11\nKeep it confidential for two years')
    await run.approveAs('legal')
    const [, terms] = mailsOf(run)
    assert.match(terms?.text ?? '', /Commission: 11%[\s\S]*Special condition: Keep it confidential for two years/)
  })

  test('a WhatsApp notice that is refused ends nothing', async () => {
    world.vendors.fault('whatsapp.sendTemplate', 'refuse')
    const run = await offered(distribution)
    assert.equal((await run.view()).status, 'waiting')
    assert.deepEqual(keysOf(run), ['openRecord', 'acknowledge', 'sendTerms'])
  })

  test('a mail of which nobody can tell waits in doubt, and goes on when a person has asked', async () => {
    world.vendors.fault('email.send', 'lost after acting')
    const run = await start(distribution)
    const doubt = (await run.view()).effects.find(({ state }) => state === 'in_doubt')
    assert.equal(doubt?.key, 'acknowledge')
    await run.resolve({
      key: 'acknowledge',
      resolution: { outcome: 'happened', output: { messageId: 'found in the sent folder' } },
      why: 'the mail is in the sent folder',
    })
    assert.equal((await run.task('managerReview')).state, 'open')
    assert.deepEqual(keysOf(run), ['openRecord', 'acknowledge'])
  })

  test('nothing in the ledger holds the contact in clear', async () => {
    const run = await offered(distribution)
    const written = JSON.stringify(await run.view())
    for (const secret of Object.values(application.contact)) assert.ok(!written.includes(secret))
  })
})
