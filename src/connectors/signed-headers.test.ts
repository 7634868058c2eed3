import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signedHeaders } from './signed-headers.ts'

/** The specification's own example. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', at: 1_614_265_330_000 }

test('the example that Standard Webhooks publishes is signed as it says, whatever the part of the second', () => {
  for (const at of [message.at, message.at + 999])
    assert.deepEqual(signedHeaders([SECRET], { ...message, at }), {
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    })
})

test('every secret signs, and nothing that is signed may change', () => {
  const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const { 'webhook-signature': both = '' } = signedHeaders([other, SECRET], message)
  const [first, second] = both.split(' ')
  assert.equal(second, SIGNATURE)
  assert.notEqual(first, SIGNATURE)
  for (const changed of [{ id: 'msg_2' }, { body: '{"test":2432232314}' }, { at: message.at + 1_000 }])
    assert.notEqual(signedHeaders([SECRET], { ...message, ...changed })['webhook-signature'], SIGNATURE)
})
