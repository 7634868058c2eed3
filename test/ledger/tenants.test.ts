/** Tables and tenants come from the catalogue, so that a table added later is held to the same rules or makes these fail. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Database } from '../../src/ledger/database/database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'

const DENIED = { code: '42501' } // insufficient privilege: no grant, or a row that the policy does not let through
const run = (tenant: string) =>
  tenant === 'theirs' ? 'b0000000-0000-0000-0000-000000000001' : 'a0000000-0000-0000-0000-000000000001'
const other = (tenant: string) => run(tenant).replace(/1$/, '2')

/** One row of every table that belongs to a tenant, in the order in which they refer to each other. */
const rowsOf = (tenant: string): Readonly<Record<string, string>> => {
  const [t, r, o] = [`'${tenant}'`, `'${run(tenant)}'`, `'${other(tenant)}'`]
  return {
    tenants: `${t}, 'T', 'ت', 0`,
    people: `${t}, 'p', 'P', 'پ', array['manager'], sha256('${tenant}'), 'ar'`,
    delegations: `${t}, 'p', 'q', 1`,
    policies: `${t}, 'act', 'A', 'why'`,
    holidays: `${t}, '2026-09-23', 'National day', 'اليوم الوطني'`,
    runs: `${t}, ${r}, 'deal', 1, 'local', 'waiting', 'p', '{}', 0, 1, null, 1`,
    records: `${t}, ${r}, 'k', 1, 'step', 'n', 'd', 'value', '1', 0`,
    effects: `${t}, ${r}, 'k', 's', null, 'act', 'x', true, '{}', 'done', 1, 1, 0, null, null, 1, 0, 0`,
    receipts: `${t}, ${o}, ${r}, 'k', 'act', 'd', 'd', 't', 0`,
    waits: `${t}, ${r}, 'w', 'signal', 'n', 'd', 0, null`,
    tasks: `${t}, ${o}, 'gate', ${r}, 'g', 'g', 'open', '{}', 'd', 's', '{}', '[]', 'p', 0, null, null, null`,
    decisions: `${t}, ${o}, 'p', 'approve', '{}', null, 'test', 0`,
    signals: `${t}, ${r}, 1, 's', 'signal', 'n', '{}', 'test', 0, null`,
    parked_signals: `${t}, 'c', 'a', 'i', null, 'e', 'r', '{}', 0, null`,
    sightings: `${t}, 'k', 'c', 'a', 'i', 'r', 'w', 0`,
    kept_records: `${t}, 'thing', 'i', '{}', ${r}, 'k', 0`,
    idempotency: `${t}, 'start', 'k', 'd', ${r}, 0`,
    audit: `default, ${t}, now(), 'p', 'w', ${r}, 's', null, null, 'test', null`,
    tree_leaves: `${t}, 0, 1, '{1}', decode(repeat('00', 32), 'hex')`,
    tree_heads: `${t}, 1, '', '', now(), 's', ''`,
    sealing: `${t}, 0, 0, 0, 0, null`,
    person_keys: `${t}, 'p', '', now(), null`,
    partners: `${t}, 'p', ${r}, 'active', '{}', 'k', 0, 0`,
    partner_writes: `default, ${t}, 'k', 'p', 'active', '{}', 0`,
    contact_words: `${t}, 'email', '', 'c', 'stop', 0`,
    left_behind: `${t}, ${r}, 1, 0`,
    run_accounts: `${t}, ${r}, 'esign', 'c', 'a', 0`,
    connector_pauses: `${t}, 'c', 'a', 'p', 'why', 0, null`,
    rate_limits: `${t}, 'c', 'a', '', '{}', 0`,
    webhook_endpoints: `${t}, ${o}, 'https://example.com/', '{run.created}', 'active', null, '', null, null, 0, 0`,
    webhook_messages: `${t}, 'm', ${o}, 0, 'run.created', ${r}, '{}', 0, 'waiting', 0, 0, 0`,
    webhook_attempts: `${t}, 'm', 1, 0`,
  }
}

onBothDatabases('Tenants', (database) => {
  let tables: readonly { readonly name: string; readonly columns: string }[] = []
  const owner = <Row extends object>(text: string) =>
    database().transaction({ role: 'owner' }, (session) => session.query<Row>({ name: '', text }))
  const member = <Row extends object>(tenant: string, text: string) =>
    database().transaction({ role: 'member', tenant }, (session) => session.query<Row>({ name: '', text }))

  before(async () => {
    await migrate(database())
    for (const tenant of ['ours', 'theirs'])
      for (const [table, values] of Object.entries(rowsOf(tenant)))
        await owner(`insert into sijil.${table} values (${values})`)
    tables = await owner(`select c.relname as name,
        (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = '') as columns
      from pg_class c join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant'
      where c.relnamespace = 'sijil'::regnamespace and c.relkind in ('r', 'p') order by 1`)
  })

  test('every table that belongs to a tenant is tried here', () => {
    assert.deepEqual(
      tables.map(({ name }) => name),
      Object.keys(rowsOf('ours')).toSorted(),
    )
  })

  test('every table of the schema belongs to a tenant, but for four that hold nothing of one', async () => {
    const rest = await owner<{ name: string }>(`select relname as name from pg_class c
      where relnamespace = 'sijil'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
        and not exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant') order by 1`)
    assert.deepEqual(
      rest.map(({ name }) => name),
      ['clock', 'migrations', 'restored', 'whereabouts'],
    )
  })

  test('a member sees the rows of their own tenant in every table, and no other', async () => {
    for (const name of [...tables.map((table) => table.name), 'leaves']) {
      const rows = await member<{ tenant: string }>('ours', `select tenant from sijil.${name}`)
      assert.deepEqual(rows, [{ tenant: 'ours' }], name)
    }
  })

  test('who names no tenant sees nothing', async () => {
    for (const { name } of tables) assert.deepEqual(await member('nobody', `select from sijil.${name}`), [], name)
    for (const { name } of tables) {
      const unnamed = database().transaction({ role: 'owner' }, async (session) => {
        await session.query({ name: '', text: 'set local role sijil_member' })
        return session.query({ name: '', text: `select from sijil.${name}` })
      })
      assert.deepEqual(await unnamed, [], name)
    }
  })

  test('a member can put a row into no table of another tenant', async () => {
    for (const { name, columns } of tables) {
      const [theirs] = await owner<{ row: object }>(
        `select to_jsonb(t) as row from sijil.${name} t where tenant = 'theirs'`,
      )
      const json = JSON.stringify(theirs?.row).replaceAll("'", "''")
      const insert = `insert into sijil.${name} (${columns}) select ${columns} from jsonb_populate_record(null::sijil.${name}, '${json}')`
      await assert.rejects(member('ours', insert), DENIED, name)
    }
  })

  test('a member can change or remove no row of another tenant, nor give one of their own away', async () => {
    const was = await everything(database(), tables)
    for (const { name } of tables) {
      const changed = await changes(
        member('ours', `update sijil.${name} set tenant = tenant where tenant = 'theirs' returning 1`),
      )
      assert.ok(changed === 'denied' || changed === 0, `${name}: ${changed} rows changed`)
      await assert.rejects(member('ours', `update sijil.${name} set tenant = 'theirs'`), DENIED, name)
      await assert.rejects(member('ours', `delete from sijil.${name}`), DENIED, name)
    }
    for (const text of [
      "update sijil.tasks set state = 'approved' where tenant = 'theirs' returning 1",
      "update sijil.signals set payload = '1' where tenant = 'theirs' returning 1",
      "update sijil.parked_signals set payload = '1' where tenant = 'theirs' returning 1",
      "update sijil.person_keys set wrapped = null where tenant = 'theirs' returning 1",
      "update sijil.runs set status = 'ready', stuck_code = null where tenant = 'theirs' returning 1",
    ])
      assert.equal(await changes(member('ours', text)), 0, text)
    assert.deepEqual(await everything(database(), tables), was)
  })

  test('the functions of the ledger reach into no other tenant', async () => {
    const call = async (text: string) =>
      (await member<{ answer: unknown }>('ours', `select ${text} as answer`))[0]?.answer
    const theirs = run('theirs')
    const was = await everything(database(), tables)
    assert.equal(
      await call(`sijil.deliver_signal('theirs', '${theirs}', 'i', 'signal', 'n', '{}', 'p', 'test')`),
      'unknown',
    )
    assert.equal(await call(`sijil.cancel_run('theirs', '${theirs}', true, 'p', 'test', 'why')`), 'NO_SUCH_RUN')
    assert.equal(await call(`sijil.retry_run('theirs', '${theirs}', 'p', 'test', 'why')`), 'NO_SUCH_RUN')
    assert.equal(
      await call(`sijil.move_run('theirs', '${theirs}', 'temporal', '{deal@1}', 'p', 'test', 'why')`),
      'NO_SUCH_RUN',
    )
    assert.equal(
      await call(`sijil.resolve_effect('theirs', '${theirs}', 'k', '{}', 'p', 'test', 'why')`),
      'NO_SUCH_RUN',
    )
    assert.equal(await call(`sijil.resume_connector('theirs', 'c', 'a', 'p', 'test', 'why')`), 'NOT_PAUSED')
    await assert.rejects(call(`sijil.pause_connector('theirs', 'd', 'a', 'p', 'test', 'why')`), DENIED)
    assert.deepEqual(
      await call(`sijil.decide_task('theirs', '${other('theirs')}', 'p', 'approve', 'd', '{}', null, 'test')`),
      { code: 'NO_SUCH_TASK' },
    )
    assert.deepEqual(await everything(database(), tables), was)
  })

  test('a member can neither take runs nor decide how one ends', async () => {
    for (const text of [
      "update sijil.runs set outcome = 'completed', status = 'ended'",
      "update sijil.runs set result = '1'",
      'update sijil.runs set epoch = 9',
      "update sijil.runs set worker = 'me'",
      'update sijil.runs set pivoted = false',
      "update sijil.runs set input = '{}'",
      "update sijil.effects set state = 'never'",
      "update sijil.policies set class = 'A'",
      "update sijil.people set roles = array['director']",
      "insert into sijil.records values ('ours', gen_random_uuid(), 'k', 1, 'step', 'n', 'd', 'value', '1', 0)",
      `select sijil.move_run('ours', '${run('ours')}', 'temporal', '{deal@1}', 'p', 'test', 'why')`,
      "select sijil.claim_runs('me', 1000, 10, array['deal@1'])",
      "select sijil.withdraw_waits(0, 'me', 'ours', gen_random_uuid(), '')",
    ])
      await assert.rejects(member('ours', text), DENIED, text)
    await assert.rejects(member('ours', "update sijil.runs set status = 'ended'"), { code: '23514' })
  })

  test('the engine adds to the record and to the audit log, and changes neither', async () => {
    const engine = (text: string) => database().engine.query({ name: '', text })
    const appendOnly = ['records', 'audit', 'receipts', 'decisions', 'idempotency', 'tree_leaves', 'tree_heads']
    for (const table of appendOnly) {
      await assert.rejects(engine(`update sijil.${table} set tenant = tenant`), DENIED, table)
      await assert.rejects(engine(`delete from sijil.${table}`), DENIED, table)
    }
    for (const table of ['policies', 'people', 'tenants', 'delegations', 'holidays', 'decisions', 'tree_heads'])
      await assert.rejects(engine(`insert into sijil.${table} default values`), DENIED, table)
  })

  test('the sealer reads the audit log, writes the tree, and sees nothing else', async () => {
    const sealer = (text: string) =>
      database().transaction({ role: 'sealer' }, (session) => session.query({ name: '', text }))
    assert.equal((await sealer('select from sijil.audit')).length, 2)
    for (const { name } of tables)
      if (!['audit', 'tree_leaves', 'tree_heads', 'sealing'].includes(name))
        await assert.rejects(sealer(`select from sijil.${name}`), DENIED, name)
    for (const table of ['audit', 'tree_leaves', 'tree_heads'])
      await assert.rejects(sealer(`update sijil.${table} set tenant = tenant`), DENIED, table)
  })
})

async function changes(answer: Promise<readonly object[]>): Promise<number | 'denied'> {
  try {
    return (await answer).length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === DENIED.code) return 'denied'
    throw error
  }
}

async function everything(
  database: Database,
  tables: readonly { readonly name: string }[],
): Promise<readonly object[]> {
  const rows: object[] = []
  for (const { name } of tables) {
    const text = `select '${name}' as name, to_jsonb(t) as row from sijil.${name} t order by tenant`
    rows.push(...(await database.transaction({ role: 'owner' }, (session) => session.query({ name: '', text }))))
  }
  return rows
}
