import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectorSuite } from '../../connector-suite.ts'
import { startWorld } from '../../test-world.ts'
import { mail, sendMail } from './subjects.ts'
import { smtp } from './vendor.ts'

connectorSuite(sendMail)

test('a mail arrives whole, in its language, with one Message-ID for all attempts', async () => {
  const world = await startWorld()
  try {
    const first = await world.open({ mode: 'make', key: 'run-1/terms#1' }).email.send(mail)
    const again = await world.open({ mode: 'make', key: 'run-1/terms#1' }).email.send(mail)
    const other = await world.open({ mode: 'make', key: 'run-1/terms#2' }).email.send({ ...mail, html: '' })
    assert.equal(again.messageId, first.messageId)
    assert.notEqual(other.messageId, first.messageId)
    const [stored] = world.sandbox.of(smtp).mails()
    assert.ok(stored)
    assert.deepEqual(
      {
        to: stored.to,
        subject: stored.subject,
        text: stored.text.trim(),
        html: stored.html,
        language: stored.language,
      },
      { to: mail.to, subject: mail.subject, text: mail.text, html: mail.html, language: 'ar' },
    )
    assert.equal(stored.key, 'run-1/terms#1')
    assert.equal(stored.messageId, first.messageId)
  } finally {
    await world.close()
  }
})
