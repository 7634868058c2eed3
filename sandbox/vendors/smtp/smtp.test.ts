import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { EffectRefused, EffectUnknown } from '../../../src/flow/failure.ts'
import { connectorSuite, failureOf } from '../../connector-suite.ts'
import { startWorld, until } from '../../test-world.ts'
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

test('who is killed within a mail has sent none, and the mail server goes on', async () => {
  const world = await startWorld()
  try {
    const { hostname, port, username, password } = new URL(world.sandbox.settings['SIJIL_SMTP_URL'] ?? '')
    const socket = connect(Number(port), hostname).setEncoding('utf8')
    const login = Buffer.from(`\0${decodeURIComponent(username)}\0${decodeURIComponent(password)}`).toString('base64')
    const words = ['EHLO killed', `AUTH PLAIN ${login}`, 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'DATA']
    let said = ''
    for (const word of [...words, 'Subject: half of it\r\n\r\nand th']) {
      for (said = ''; !/^\d{3} .*\r\n$/m.test(said); ) [said] = [said + String((await once(socket, 'data'))[0])]
      socket.write(word.startsWith('Subject') ? word : `${word}\r\n`)
    }
    assert.match(said, /^354 /, 'it waited for the mail')
    socket.resetAndDestroy()
    await world.open({ mode: 'make', key: 'run-1/terms#1' }).email.send(mail)
    assert.deepEqual(
      world.sandbox
        .of(smtp)
        .mails()
        .map(({ subject }) => subject),
      [mail.subject],
    )
  } finally {
    await world.close()
  }
})

test('a mail that came back is told as bounced, with its key and the code alone', async () => {
  const world = await startWorld({ settingsFor: ['smtp'] })
  try {
    const key = '0198c0de-0000-7000-8000-000000000001/invite#1'
    const { messageId } = await world.open({ mode: 'make', key }).email.send(mail)
    const vendor = world.sandbox.of(smtp)
    const [stored] = vendor.mails()
    assert.ok(stored)
    await vendor.bounce(stored.id)
    await vendor.bounce(stored.id)
    await world.sandbox.webhooks.settled()
    const [event, again] = world.events
    assert.ok(event)
    assert.equal(again?.id, event.id, 'told twice, it has one id')
    const { connector, account, event: what, effectKey, reference, payload } = event
    assert.deepEqual(
      { connector, account, what, effectKey, reference, payload },
      {
        connector: 'smtp',
        account: 'growth.example',
        what: 'bounced',
        effectKey: key,
        reference: messageId,
        payload: { status: '5.1.1', permanent: true },
      },
    )
    assert.doesNotMatch(JSON.stringify(world.events), /noura/)
    const [delivery] = world.sandbox.webhooks.all()
    assert.equal(await world.sandbox.webhooks.forge(delivery?.id ?? ''), 401)
    assert.equal(world.events.length, 2)
  } finally {
    await world.close()
  }
})

test('a report that was asked for settles what nobody else could: the mail was taken', async () => {
  const world = await startWorld({ settingsFor: ['smtp'] })
  try {
    const asking = { SIJIL_SMTP_NOTICES: 'success,failure' }
    const key = 'run/doubt#1'
    world.sandbox.faults.add({ vendor: 'smtp', operation: 'send', kind: 'drop after acting' })
    const lost = await failureOf(world.openWith(asking, { mode: 'make', key }).email.send(mail))
    assert.ok(lost instanceof EffectUnknown)
    await until(() => world.events.length > 0)
    assert.equal(world.events[0]?.event, 'relayed')
    const { messageId } = await world.openWith(asking, { mode: 'probe', key }).email.send(mail)
    assert.equal(messageId, world.sandbox.of(smtp).mails()[0]?.messageId)
    assert.equal(world.sandbox.acts().length, 1)
  } finally {
    await world.close()
  }
})

test('a promotion is refused to who wants no more, before anything is sent; a service mail is not', async () => {
  const world = await startWorld({ settingsFor: ['smtp'] })
  try {
    const promote = (key: string, to: string = mail.to) =>
      world.open({ mode: 'make', key }).email.send({ ...mail, to, purpose: 'promotion' })
    await promote('run/news#1')
    const stop = {
      channel: 'email',
      account: '',
      address: 'Noura@Partner.example',
      word: 'stop',
      at: Date.now(),
    } as const
    await world.contacts.note('demo', [stop], 'test')
    const before = world.sandbox.requests().length
    const failure = await failureOf(promote('run/news#2'))
    assert.ok(failure instanceof EffectRefused)
    assert.equal(failure.code, 'CONTACT_STOPPED')
    assert.doesNotMatch(failure.message, /noura/i)
    assert.equal(world.sandbox.requests().length, before)
    await world.open({ mode: 'make', key: 'run/terms#1' }).email.send(mail)
    await promote('run/news#3', 'omar@partner.example')
    assert.deepEqual(
      world.sandbox.acts().map(({ key }) => key),
      ['run/news#1', 'run/terms#1', 'run/news#3'],
    )
  } finally {
    await world.close()
  }
})
