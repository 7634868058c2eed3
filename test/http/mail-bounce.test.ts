/** The pipe of a mail server, against a server: what it hands over, and what it ends with when it must be run again. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { EXIT } from '../../src/cli/exit.ts'
import { envelopeIdOf } from '../../src/connectors/smtp/envelope-id.ts'
import { openServedWorld, type ServedWorld } from './served-world.ts'

const report = (envelopeId: string) => `Date: Sun, 22 Nov 2026 10:00:00 +0300
From: MAILER-DAEMON@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Original-Envelope-Id: ${envelopeId}

Final-Recipient: rfc822; noura@partner.example
Action: failed
Status: 5.1.1

--b--
`

suite('sijil mail bounce', () => {
  let world: ServedWorld
  before(async () => {
    world = await openServedWorld()
  })
  after(() => world.close())
  const secret = () => world.sandbox.settings['SIJIL_SMTP_BOUNCE_SECRET'] ?? ''
  const pipe = async (mail: string, { to = '/webhooks/madar/smtp/growth.example', key = secret() } = {}) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    stdin.end(mail)
    const words = ['mail', 'bounce', '--to', to.startsWith('http') ? to : `${world.url}${to}`]
    return runCommandLine(words, { env: { SIJIL_SMTP_BOUNCE_SECRET: key }, stdin, stdout, stderr })
  }
  const parked = () =>
    world.served.sijil.database.transaction({ role: 'owner' }, (session) =>
      session.query<{ event: string; effect_key: string }>({
        name: '',
        text: 'select event, effect_key from sijil.parked_signals',
      }),
    )

  test('hands over a report, once for as often as it comes', async () => {
    const key = '0198c0de-0000-7000-8000-000000000001/invite#1'
    const mail = report(envelopeIdOf(key, secret()))
    assert.deepEqual([await pipe(mail), await pipe(mail)], [EXIT.done, EXIT.done])
    assert.deepEqual(await parked(), [{ event: 'bounced', effect_key: key }])
  })

  test('hands over what is no report of ours, which changes nothing', async () => {
    const known = await parked()
    assert.equal(await pipe('Subject: I am away\n\nuntil Sunday'), EXIT.done)
    assert.equal(await pipe(report('0198c0de-0000-7000-8000-000000000001/terms#1')), EXIT.done)
    assert.deepEqual(await parked(), known)
  })

  test('says whether it should be run again', async () => {
    assert.equal(await pipe('x', { key: 'another secret of two dozen letters' }), EXIT.notAllowed)
    assert.equal(await pipe('x', { to: '/webhooks/madar/smtp/other.example' }), EXIT.notAllowed)
    assert.equal(await pipe('x', { key: '' }), EXIT.invalid)
    assert.equal(await pipe('x', { to: 'http://127.0.0.1:9/' }), EXIT.noServer)
  })
})
