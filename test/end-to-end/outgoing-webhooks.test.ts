/** A server is killed while it tells a customer, again and again; the customer hears of everything, under ids that stay. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { until } from '../../scripts/start/process-output.ts'
import { Receiver } from '../outgoing-webhooks/receiver.ts'
import { Deal } from './deal.ts'

const Added = z.strictObject({ endpoint: z.string(), secret: z.string() })
const Log = z.object({
  messages: z.array(
    z.object({ id: z.string(), state: z.string(), attempts: z.array(z.object({ outcome: z.string().nullable() })) }),
  ),
})
const Verified = z.object({ findings: z.array(z.unknown()) })

suite('a customer who is told of runs', { timeout: 300_000 }, () => {
  let deal: Deal
  let receiver: Receiver
  before(async () => {
    receiver = await Receiver.listen(() => Date.now())
    deal = await Deal.open({ SIJIL_WEBHOOK_PRIVATE_ADDRESSES: '127.0.0.0/8' })
  })
  after(async () => {
    await deal.close()
    await receiver.close()
  })

  test('hears of each event although the server is killed while it tells of one', async () => {
    const added = await deal.people.ask('yousef', 'POST', '/webhook-endpoints', {
      url: receiver.url,
      events: ['run.created', 'task.opened'],
    })
    const { secret } = Added.parse(added)
    const messages = async () => Log.parse(await deal.people.ask('yousef', 'GET', '/webhook-messages')).messages
    for (const kill of [1, 2]) {
      const [came, never] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      receiver.onMessage = () => {
        came.resolve()
        return never.promise
      }
      const run = await deal.people.startSample(`kill-${kill}`)
      await came.promise
      // Nothing else is under way: a call of the run that dies too would be in doubt, for a person to settle.
      await deal.standing(run, 'Review the application')
      await deal.kill()
      receiver.onMessage = () => {}
      never.resolve()
      await deal.start()
      const done = async () => {
        const known = await messages()
        return known.length === 2 * kill && known.every(({ state }) => state === 'delivered') ? known : undefined
      }
      const known = await until(done, { what: 'all was delivered' })
      assert.deepEqual(new Set(receiver.received.map(({ id }) => id)), new Set(known.map(({ id }) => id)))
    }
    const attempts = (await messages()).toReversed().map((one) => one.attempts.map(({ outcome }) => outcome).join(' '))
    assert.deepEqual(
      attempts.filter((outcomes) => outcomes !== 'delivered'),
      Array.from({ length: 2 }, () => 'unknown delivered'),
    )
    assert.equal(receiver.received.length, 6, 'four messages, two of them twice')
    for (const one of receiver.received) assert.deepEqual(receiver.verify(secret, one), one.event)
    assert.ok(!deal.said.includes(secret) && !deal.said.includes(receiver.url), 'the log of the server names neither')
    assert.deepEqual(Verified.parse(await deal.people.ask('yousef', 'POST', '/ledger/verify')).findings, [])
  })
})
