import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { onBothDatabases, openTestDatabase } from '../../../test/support/databases.ts'
import { startPostgres } from '../../../test/support/postgres.ts'
import type { Database, Statement } from './database.ts'
import { openDatabase } from './open-database.ts'

const whoAmI: Statement = {
  name: 'who-am-i',
  text: `select current_user::text as role, coalesce(current_setting('sijil.tenant', true), '') as tenant`,
}
interface Identity {
  readonly role: string
  readonly tenant: string
}

/** Roles belong to the whole server, so several test files may make them at once. */
const rolesAndNotes = `
  do $$ declare wanted text; begin
    foreach wanted in array array['sijil_engine', 'sijil_member', 'sijil_sealer'] loop
      begin execute format('create role %I nologin', wanted); exception when duplicate_object or unique_violation then null; end;
    end loop;
  end $$;
  create schema sijil;
  create table sijil.notes (id int primary key, tenant text, text text);
  grant usage on schema sijil to sijil_engine, sijil_member, sijil_sealer;
  grant select, insert on sijil.notes to sijil_engine, sijil_member, sijil_sealer;
  alter table sijil.notes enable row level security;
  create policy writer on sijil.notes to sijil_engine using (true) with check (true);
  create policy one_tenant on sijil.notes to sijil_member using (tenant = current_setting('sijil.tenant'));
`
const write: Statement = { name: 'write', text: 'insert into sijil.notes values ($1::int4, $2, $3)' }
const ids: Statement = { name: 'ids', text: 'select id from sijil.notes order by id' }
const boom: Statement = { name: 'boom', text: 'select 1 / $1::int4' }

const member = (tenant: string) => ({ role: 'member', tenant }) as const
const owner = { role: 'owner' } as const
const code = (expected: string) => ({ code: expected })

onBothDatabases('A database', (database) => {
  before(() => database().script(rolesAndNotes))

  it('gives everyone their own role, and leaves none behind', async () => {
    const identities = (role: 'engine' | 'sealer' | 'owner') =>
      database().transaction({ role }, (s) => s.query<Identity>(whoAmI))
    const connecting = await identities('owner')
    assert.deepEqual(await database().engine.query(whoAmI), [{ role: 'sijil_engine', tenant: '' }])
    assert.deepEqual(await identities('sealer'), [{ role: 'sijil_sealer', tenant: '' }])
    assert.deepEqual(await database().transaction(member("o'ne"), (s) => s.query(whoAmI)), [
      { role: 'sijil_member', tenant: "o'ne" },
    ])
    assert.deepEqual(await identities('engine'), [{ role: 'sijil_engine', tenant: '' }])
    assert.deepEqual(await identities('owner'), connecting)
    assert.notEqual(connecting[0]?.role, 'sijil_engine')
    assert.deepEqual(await database().engine.query(whoAmI), [{ role: 'sijil_engine', tenant: '' }])
  })

  it('shows a member the rows of its tenant only, whichever connection serves it', async () => {
    await database().engine.query(write, [1, 'one', 'first'])
    await database().engine.query(write, [2, 'two', 'second'])
    const seen = (tenant: string) => database().transaction(member(tenant), (s) => s.query(ids))
    const [one, two] = await Promise.all([seen('one'), seen('two')])
    assert.deepEqual([one, two], [[{ id: 1 }], [{ id: 2 }]])
    await assert.rejects(() => seen(''), RangeError)
    await assert.rejects(() => seen('a\0b'), code('TEXT_NOT_STORABLE'))
  })

  it('keeps all of a transaction or nothing', async () => {
    const failing = database().transaction(owner, async (s) => {
      await s.query(write, [10, 'one', ''])
      await s.query(boom, [0])
    })
    await assert.rejects(failing, code('22012'))
    const thrown = database().transaction(owner, async (s) => {
      await s.query(write, [10, 'one', ''])
      throw new Error('changed my mind')
    })
    await assert.rejects(thrown, /changed my mind/)
    const elsewhere = Object.assign(new Error('a vendor is down'), { code: 'ECONNREFUSED' })
    const passed = database().transaction(owner, () => Promise.reject(elsewhere))
    await assert.rejects(passed, (error) => error === elsewhere, 'what work throws is not taken for the database')
    const swallowed = database().transaction(owner, async (s) => {
      await s.query(write, [10, 'one', ''])
      await s.query(boom, [0]).catch(() => undefined)
    })
    await assert.rejects(swallowed, /was rolled back/)
    assert.deepEqual(await database().engine.query(ids), [{ id: 1 }, { id: 2 }])
    await database().transaction(owner, (s) => s.query(write, [11, 'one', '']))
    assert.deepEqual(await database().engine.query(ids), [{ id: 1 }, { id: 2 }, { id: 11 }])
  })

  it('refuses a session whose transaction has ended, and lets queries finish that were not awaited', async () => {
    const kept = await database().transaction(owner, async (s) => s)
    await assert.rejects(kept.query(ids), code('SESSION_OVER'))
    let forgotten: Promise<unknown> = Promise.resolve()
    await database().transaction(owner, async (s) => {
      forgotten = s.query(write, [12, 'one', ''])
    })
    assert.deepEqual(await forgotten, [])
    assert.ok((await database().engine.query<{ id: number }>(ids)).some(({ id }) => id === 12))
  })

  it('goes on after a failed engine statement', async () => {
    await assert.rejects(database().engine.query(boom, [0]), code('22012'))
    assert.deepEqual(await database().engine.query(boom, [1]), [{ '?column?': 1 }])
  })

  it('runs engine statements and transactions that all ask at once', async () => {
    const asked = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0
        ? database().transaction(member('one'), (s) => s.query<Identity>(whoAmI))
        : database().engine.query<Identity>(whoAmI),
    )
    const roles = (await Promise.all(asked)).map((rows) => rows[0]?.role)
    assert.deepEqual(
      roles,
      asked.map((_, index) => (index % 3 === 0 ? 'sijil_member' : 'sijil_engine')),
    )
  })

  it('brings values back exactly, or not at all', async () => {
    const instant = new Date('2026-02-28T21:00:00.123Z')
    const types: Statement = {
      name: 'types',
      text: `select $1::int8 as big, $2::timestamptz as instant, $3::bytea as bytes, $4::boolean as yes, $5::text[] as words,
             $6::text as nothing, date '2026-03-01' as day, 1.10::numeric as amount`,
    }
    const values = [2n ** 53n - 1n, instant, Buffer.from([0, 255]), true, ['a', 'ب"\\'], null]
    assert.deepEqual(await database().engine.query(types, values), [
      {
        big: Number.MAX_SAFE_INTEGER,
        instant,
        bytes: Buffer.from([0, 255]),
        yes: true,
        words: ['a', 'ب"\\'],
        nothing: null,
        day: '2026-03-01',
        amount: '1.10',
      },
    ])
    const tooBig = database().engine.query({ name: 'big', text: 'select $1::int8 as big' }, [2n ** 53n])
    await assert.rejects(tooBig, /does not fit a number/)
  })

  it('refuses text that it could not keep as it is', async () => {
    for (const text of ['a\0b', 'half \ud83d']) {
      await assert.rejects(database().engine.query(write, [20, 'one', text]), code('TEXT_NOT_STORABLE'))
      await assert.rejects(
        database().engine.query({ name: 'words', text: 'select $1::text[]' }, [[text]]),
        code('TEXT_NOT_STORABLE'),
      )
    }
  })

  it('runs scripts as the owner and forgets their settings', async () => {
    await database().script(`create table sijil.more (id int); set search_path = nowhere; set role sijil_engine`)
    const path: Statement = { name: 'path', text: `select current_setting('search_path') <> 'nowhere' as clean` }
    assert.deepEqual(await database().transaction(owner, (s) => s.query(path)), [{ clean: true }])
    await assert.rejects(database().script('create table sijil.half (id int); select 1 / 0'), code('22012'))
    await assert.rejects(database().script('select * from sijil.half'), code('42P01'))
  })
})

for (const kind of ['pglite', 'postgres'] as const) {
  describe(`Opening and closing (${kind})`, () => {
    it('finishes what was asked before it closed, and refuses what comes after', async () => {
      const database: Database = await openTestDatabase(kind)
      const asked = Array.from({ length: 20 }, () => database.transaction(owner, (s) => s.query<Identity>(whoAmI)))
      const closed = database.close()
      assert.equal((await Promise.all(asked)).length, 20)
      await assert.rejects(
        database.transaction(owner, (s) => s.query(whoAmI)),
        code('DATABASE_CLOSED'),
      )
      await assert.rejects(database.engine.query(whoAmI), code('DATABASE_CLOSED'))
      await closed
      await database.close()
    })
  })
}

describe('A server that goes away', () => {
  it('interrupts what was under way, and serves again when it is back', async () => {
    const server = await startPostgres()
    const database = await openDatabase({ url: await server.createDatabase() })
    try {
      await database.script(rolesAndNotes)
      await database.engine.query(write, [1, 'one', ''])
      const sleeping = assert.rejects(
        database.engine.query({ name: 'sleep', text: 'select pg_sleep(60)' }),
        code('DATABASE_INTERRUPTED'),
      )
      const idling = database.transaction(owner, async (s) => {
        await s.query(write, [2, 'one', ''])
        await server.kill()
        await Promise.withResolvers<never>().promise
      })
      await assert.rejects(idling, code('DATABASE_INTERRUPTED'))
      await sleeping
      await assert.rejects(database.engine.query(ids), code('DATABASE_INTERRUPTED'))
      await server.restart()
      assert.deepEqual(await database.engine.query(ids), [{ id: 1 }])
    } finally {
      await database.close()
      await server.stop()
    }
  })
})

describe('A database that was never migrated', () => {
  // Only PGlite surely has no roles: those of a server are shared by all its databases.
  it('says so', async () => {
    const database = await openTestDatabase('pglite')
    try {
      await assert.rejects(database.engine.query(whoAmI), code('MIGRATE_FIRST'))
      await assert.rejects(
        database.transaction(member('one'), (s) => s.query(whoAmI)),
        code('MIGRATE_FIRST'),
      )
      assert.equal((await database.transaction(owner, (s) => s.query(whoAmI))).length, 1)
    } finally {
      await database.close()
    }
  })
})
