import assert from 'node:assert/strict'
import { before } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import { scenario, worlds } from './rules-world.ts'

const deciding = scenario(
  'deciding',
  async (flow, what) => {
    await flow.ask({ about: what })
    if (what === 'sign') await flow.sign(what)
    else await flow.mail(what)
    return 'done'
  },
  undefined,
  { approved: ['sign'], returned: ['mail'] },
)
const mailing = scenario('mailing', async (flow, id) => (await flow.mail(id)).messageId)
const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)

onBothDatabases('Authority', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  inWorld(
    'of a packet covers the steps that it lists for the way in which it was decided, and no others',
    { workflows: [deciding], policies: { sign: 'B', mail: 'B' } },
    async (world) => {
      for (const [verdict, what, ends] of [
        ['approve', 'sign', 'done'],
        ['approve', 'mail', 'NOT_AUTHORISED'],
        ['return', 'sign', 'NOT_AUTHORISED'],
        ['return', 'mail', 'done'],
      ] as const) {
        const acts = world.acts.length
        const run = await world.start('deciding', what)
        await world.engine.idle()
        assert.equal(await world.decide(run, 'manager', verdict), 'DECIDED')
        const { result, stuck_code } = await world.status(run)
        const done = ends === 'done'
        assert.deepEqual(
          [result, stuck_code, world.acts.length - acts],
          done ? ['"done"', null, 1] : [null, ends, 0],
          `${verdict}, then ${what}`,
        )
      }
    },
  )

  inWorld(
    'is needed for an action that no policy names',
    { workflows: [mailing], policies: { open: 'A' } },
    async (world) => {
      const run = await world.start('mailing', 'x')
      await world.engine.idle()
      assert.deepEqual([(await world.status(run)).stuck_code, world.acts], ['NOT_AUTHORISED', []])
    },
  )

  const grasping = scenario('grasping', async (flow, id) => {
    try {
      return (await flow.mail(id)).messageId
    } catch {
      return 'I go on'
    }
  })
  inWorld(
    'is missed also by a flow that catches everything',
    { workflows: [grasping], policies: { mail: 'C' } },
    async (world) => {
      const run = await world.start('grasping', 'x')
      await world.engine.idle()
      assert.deepEqual([(await world.status(run)).stuck_code, world.acts], ['NOT_AUTHORISED', []])
    },
  )

  inWorld('that is withdrawn between two attempts stops the second', { workflows: [signing] }, async (world) => {
    world.faults.set('esign send', ['not made'])
    const run = await world.start('signing', 'x')
    await world.engine.idle()
    assert.equal((await world.status(run)).status, 'waiting')
    await world.sql("update sijil.policies set class = 'C' where tenant = $1 and action = 'sign'", [world.tenant])
    await world.advance(86_400_000)
    assert.deepEqual([(await world.status(run)).stuck_code, world.acts], ['NOT_AUTHORISED', []])
  })
})
