import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { MalformedWebhook } from '../webhook.ts'
import { deliveryReports, UnreadableReport } from './delivery-report.ts'
import { envelopeIdOf, keyOfEnvelope } from './envelope-id.ts'
import { webhook } from './webhook.ts'

/** The first example of RFC 3464 (appendix E), with the id of an envelope added as section 2.2.1 has it. */
const rfc = (envelopeId: string) =>
  `Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
Message-Id: <199407072116.RAA14128@CS.UTK.EDU>
Subject: Returned mail: Cannot send message for 5 days
To: <owner-info-mime@cs.utk.edu>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
      boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

The original message was received at Sat, 2 Jul 1994 17:10:28 -0400
from root@localhost

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status

Reporting-MTA: dns; cs.utk.edu
Original-Envelope-Id: ${envelopeId}

Original-Recipient: rfc822;louisl@larry.slip.umd.edu
Final-Recipient: rfc822;louisl@larry.slip.umd.edu
Action: failed
Status: 4.0.0
Diagnostic-Code: smtp; 426 connection timed out
Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400

--RAA14128.773615765/CS.UTK.EDU
content-type: message/rfc822

Message-ID: <abc@growth.example>
To: louisl@larry.slip.umd.edu
Subject: the original

[original message goes here]
--RAA14128.773615765/CS.UTK.EDU--
`

test('the example of the standard is read, with either kind of line break', () => {
  const expected = {
    action: 'failed',
    status: '4.0.0',
    envelopeIds: ['QQ314159'],
    messageId: '<abc@growth.example>',
    at: Date.UTC(1994, 6, 7, 21, 16, 5),
  }
  assert.deepEqual(deliveryReports(Buffer.from(rfc('QQ314159'))), [expected])
  assert.deepEqual(deliveryReports(Buffer.from(rfc('QQ314159').replaceAll('\n', '\r\n'))), [expected])
})

test('another reader of mails sees the same parts', async () => {
  const mail = await simpleParser(rfc('QQ314159'))
  assert.match(mail.text ?? '', /Original-Envelope-Id: QQ314159[^]*Status: 4\.0\.0/)
  const original = await simpleParser(mail.attachments[0]?.content ?? '')
  assert.equal(original.messageId, deliveryReports(Buffer.from(rfc('QQ314159')))[0]?.messageId)
  assert.equal(mail.date?.getTime(), deliveryReports(Buffer.from(rfc('QQ314159')))[0]?.at)
})

test('a mail that is no report tells nothing', () => {
  assert.deepEqual(deliveryReports(Buffer.from('Subject: I am away\r\n\r\nuntil Sunday')), [])
  assert.deepEqual(deliveryReports(Buffer.from('')), [])
})

test('what calls itself a report and cannot be read is refused', () => {
  for (const [from, to] of [
    ['Action: failed', 'Action: exploded'],
    ['Status: 4.0.0', 'Status: soon'],
    ['boundary="RAA14128.773615765/CS.UTK.EDU"', 'charset=utf-8'],
    ['Date: Thu, 7 Jul 1994 17:16:05 -0400', 'Date: yesterday'],
  ] as const)
    assert.throws(() => deliveryReports(Buffer.from(rfc('x').replace(from, to))), UnreadableReport)
})

test('whatever comes is read or refused, and in little time', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(1_200), (bytes, at) => {
      const text = rfc('x')
      const spoilt = Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bytes), Buffer.from(text.slice(at))])
      try {
        assert.ok(Array.isArray(deliveryReports(spoilt)))
      } catch (error) {
        assert.ok(error instanceof UnreadableReport, String(error))
      }
    }),
    { numRuns: 200 },
  ))

const settings = { from: 'sijil@growth.example', bounceSecret: 'a secret of twenty-four characters' }
const parsed = (text: string) => webhook.parse(Buffer.from(text), '', settings)

test('a report counts only with an id that we wrote', () => {
  const ours = envelopeIdOf('run/invite#1', settings.bounceSecret)
  assert.deepEqual(
    parsed(rfc(ours)).map(({ event, effectKey, payload }) => ({ event, effectKey, payload })),
    [{ event: 'bounced', effectKey: 'run/invite#1', payload: { status: '4.0.0', permanent: false } }],
  )
  for (const id of ['run/invite#1', ours.replace('invite', 'terms'), envelopeIdOf('run/invite#1', 'another'), ''])
    assert.deepEqual(parsed(rfc(id)), [])
  const returned = rfc('').replace('Subject: the original', `X-Sijil-Envelope: ${ours}`)
  assert.equal(parsed(returned)[0]?.effectKey, 'run/invite#1', 'headers came back from a server that knows no ids')
  assert.throws(() => parsed(rfc(ours).replace('Action: failed', '')), MalformedWebhook)
})

test('an id fits the envelope and leads back to its key, however long that is', () =>
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }), (key) => {
      const id = envelopeIdOf(key, 'secret')
      assert.match(id, /^[!-*,-<>-~]{1,100}$/)
      const known = keyOfEnvelope(id, 'secret')
      assert.ok(known === key || /^sha256-[0-9a-f]{64}$/.test(known ?? ''))
      assert.equal(keyOfEnvelope(id, undefined), undefined)
    }),
  ))
