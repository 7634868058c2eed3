import assert from 'node:assert/strict'
import { it } from 'node:test'
import { migrate } from '../../src/ledger/migrate.ts'
import { noteUsedAccount, readUsedAccounts } from '../../src/ledger/run-accounts.ts'
import { onBothDatabases } from '../support/databases.ts'
import { openOrderWorld } from '../support/order-world.ts'

onBothDatabases('The accounts of a run', (database) => {
  it('are kept in the order of their first use, by role, once', async (t) => {
    await migrate(database())
    const w = await openOrderWorld(database())
    t.after(() => w.world.close())
    const of = (system: string) => ({ tenant: w.world.tenant, run, system })
    const run = await w.ordered()
    await noteUsedAccount(database(), of('esign'), { connector: 'docusign', account: 'z' })
    await w.world.advance(1)
    await noteUsedAccount(database(), of('esign'), { connector: 'adobe-sign', account: 'a' })
    await noteUsedAccount(database(), of('esign'), { connector: 'docusign', account: 'z' })
    await noteUsedAccount(database(), of('crm'), { connector: 'hubspot', account: 'default' })
    assert.deepEqual(
      (await readUsedAccounts(database(), of('esign'))).map(({ account }) => account),
      ['z', 'a'],
    )
    assert.deepEqual(await readUsedAccounts(database(), { ...of('esign'), tenant: 'elsewhere' }), [])
  })
})
