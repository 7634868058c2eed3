/** Which vendor signs is a matter of settings: the same partner approval, unchanged, with Acrobat Sign in place of DocuSign. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Deal } from './deal.ts'

suite('a partnership whose agreement Acrobat Sign lets people sign', { timeout: 300_000 }, () => {
  let deal: Deal
  before(async () => {
    deal = await Deal.open({}, ['smtp', 'whatsapp', 'hubspot', 'adobe-sign'])
  })
  after(() => deal.close())

  test('goes from application to portal; hints that came while nobody listened are told again and confirmed', async () => {
    const run = await deal.people.startSample('first')
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.kill()
    await deal.signAgreement()
    await deal.start()
    await deal.standing(run, 'completed')

    const acts = (await deal.acts()).filter(({ vendor }) => vendor === 'adobe-sign' || vendor === 'docusign')
    assert.deepEqual(
      acts.map(({ vendor, action }) => `${vendor}: ${action}`),
      [
        'adobe-sign: agreement drafted',
        'adobe-sign: envelope sent',
        'adobe-sign: envelope signed',
        'adobe-sign: envelope signed',
        'adobe-sign: envelope completed',
      ],
    )
    for (const { action, key } of acts.slice(0, 2)) assert.ok(key?.startsWith(run), `${action} carries our key`)
    for (const personal of ['sara@noor-gulf.example', 'سارة المطيري'])
      assert.ok(!deal.said.includes(personal), 'nothing personal in the log')
  })
})
