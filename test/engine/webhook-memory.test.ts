import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { connectors } from '../../src/connectors/registry.ts'
import { receiveVendorEvents, type VendorEvent } from '../../src/engine/commands/vendor-events.ts'
import { readRun } from '../../src/ledger/reading/runs.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import { openOrderWorld } from '../support/order-world.ts'

/** Those whose webhooks no window of time guards: here, what the ledger remembers is all that keeps a repeat from counting. */
const remembered = connectors.flatMap(({ key, declaration: { webhook } }) =>
  webhook?.replay.kind === 'remembered' ? [{ key, retriesForMs: webhook.replay.retriesForMs }] : [],
)

onBothDatabases('What the ledger remembers of webhooks', (database) => {
  suite('holds for as long as the vendor may repeat', () => {
    for (const { key, retriesForMs } of remembered)
      test(key, async (t) => {
        await migrate(database())
        const w = await openOrderWorld(database())
        t.after(() => w.world.close())
        const run = await w.ordered()
        for (const role of ['manager', 'legal'] as const)
          await w.world.decide(run, role, 'approve', { value: { budget: 'ops' } })
        const event: VendorEvent = {
          connector: key,
          account: 'acc',
          id: 'e1/signed',
          event: 'signed',
          effectKey: `${run}/place`,
          reference: 'e1',
          at: w.world.now,
          payload: {},
        }
        const stranger = { ...event, id: 'e2/signed', effectKey: undefined, reference: 'nobody knows it' }
        const receive = () => receiveVendorEvents(w.parts, w.world.tenant, [event, stranger])
        const kept = async () => {
          const found = await readRun(database(), w.world.tenant, run)
          const [parked] = await w.world.sql<{ n: number }>(
            'select count(*) as n from sijil.parked_signals where tenant = $1',
            [w.world.tenant],
          )
          return [found?.signals.filter(({ name }) => name === 'placed').length, parked?.n]
        }
        assert.deepEqual(await receive(), ['delivered', 'parked'])
        await w.idle()
        const first = await kept()
        assert.deepEqual(first, [1, 1])
        await w.world.advance(retriesForMs + 1)
        const [repeated] = await receive()
        // The run may have gone on, or ended, meanwhile: either way the repeat adds nothing to it.
        assert.ok(repeated === 'delivered' || repeated === 'late', repeated)
        await w.idle()
        assert.deepEqual(await kept(), first)
      })
  })
})
