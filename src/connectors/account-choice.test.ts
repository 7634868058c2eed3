import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import type { UsedAccount } from '../ledger/run-accounts.ts'
import { AccountChoice } from './account-choice.ts'
import type { AccountMemory } from './account-memory.ts'
import { openAccounts } from './accounts.ts'
import type { ConfiguredConnector } from './configured-connector.ts'
import { readAccounts } from './settings.ts'

const [hubspot] = readAccounts({ SIJIL_HUBSPOT_TOKEN: 'a-token' }).all
assert.ok(hubspot)
const account = (key: string, name = 'default'): ConfiguredConnector => ({
  ...hubspot,
  connector: { ...hubspot.connector, key },
  account: { tenant: undefined, name },
})
const old = account('old-crm')
const fresh = account('new-crm')

suite('The account that a run uses', () => {
  let rows = new Map<string, UsedAccount[]>()
  const memory: AccountMemory = {
    used: async ({ run, system }) => rows.get(`${run}/${system}`) ?? [],
    note: async ({ run, system }, used) => {
      rows.set(`${run}/${system}`, [...(rows.get(`${run}/${system}`) ?? []), used])
    },
  }
  beforeEach(() => {
    rows = new Map()
  })

  /** A process with these accounts, of which the first is the tenant's. */
  const processWith = (...accounts: readonly [ConfiguredConnector, ...ConfiguredConnector[]]) => {
    const environment = { crm: accounts[0].connector.key }
    return new AccountChoice(openAccounts(accounts, { environment, tenants: {} }, []), memory)
  }
  const call = async (
    choice: AccountChoice,
    mode: 'make' | 'probe',
    { run = 'run', step = 'save', changes = true } = {},
  ) => (await choice.of('crm', { tenant: 'najd', mode, key: `${run}/${step}` }, changes))?.connector.key

  test('stays the one it used first, also after a restart with another for the tenant', async () => {
    assert.equal(await call(processWith(old), 'make'), 'old-crm')
    const after = processWith(fresh, old)
    assert.equal(await call(after, 'make', { step: 'undo save' }), 'old-crm')
    assert.equal(await call(after, 'make', { changes: false }), 'old-crm')
    assert.equal(await call(after, 'probe'), 'old-crm')
    assert.equal(await call(after, 'make', { run: 'another' }), 'new-crm')
  })

  test('is noted before it is used, once', async () => {
    const choice = processWith(old)
    await call(choice, 'make')
    await call(choice, 'make', { step: 'again' })
    await call(processWith(old), 'make')
    assert.deepEqual(rows.get('run/crm'), [{ connector: 'old-crm', account: 'default' }])
  })

  test('is not noted for what only reads', async () => {
    assert.equal(await call(processWith(old), 'make', { changes: false }), 'old-crm')
    assert.equal(rows.size, 0)
    assert.equal(await call(processWith(fresh), 'make'), 'new-crm')
  })

  test('is another once the first is gone, but nobody else is asked what that one did', async () => {
    await call(processWith(old), 'make')
    const after = processWith(fresh)
    await assert.rejects(call(after, 'probe'), { name: 'EffectUnknown', code: 'ACCOUNT_GONE' })
    assert.equal(await call(after, 'make', { step: 'other' }), 'new-crm')
    await assert.rejects(call(after, 'probe'), { name: 'EffectUnknown', code: 'ACCOUNT_CHANGED' })
    await assert.rejects(call(processWith(fresh, old), 'probe'), { name: 'EffectUnknown', code: 'ACCOUNT_CHANGED' })
  })

  test('is told apart by the id that the vendor gives it, not by our name of it', async () => {
    const numbered = (id: string): ConfiguredConnector => ({
      ...old,
      webhook: {
        account: id,
        signature: 'HMAC-SHA256',
        replay: { kind: 'remembered', retriesForMs: 1 },
        verify: () => 'bad',
        parse: () => [],
        heard: () => [],
        confirmed: async () => [],
        handshake: () => undefined,
        rehearsal: () => undefined,
        acknowledgement: {},
      },
    })
    await call(processWith(numbered('111')), 'make')
    assert.equal(await call(processWith(numbered('111')), 'probe'), 'old-crm')
    await assert.rejects(call(processWith(numbered('222')), 'probe'), { code: 'ACCOUNT_GONE' })
  })

  test('is told beforehand, and nothing is noted of it', async () => {
    const next = async (choice: AccountChoice, run = 'run') =>
      (await choice.next({ tenant: 'najd', run, system: 'crm' }))?.connector.key
    const first = processWith(old)
    assert.equal(await next(first), 'old-crm')
    assert.equal(rows.size, 0)
    await call(first, 'make')
    assert.equal(await next(first), 'old-crm')
    const after = processWith(fresh, old)
    assert.deepEqual([await next(after), await next(after, 'another')], ['old-crm', 'new-crm'])
    assert.equal(await next(processWith(fresh)), 'new-crm')
  })

  test('of a run from before this was kept is the tenant’s', async () => {
    assert.equal(await call(processWith(old), 'probe'), 'old-crm')
  })
})
