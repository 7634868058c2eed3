import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { addAuditRows, temporaryDirectory } from '../../../test/support/audit-log.ts'
import { openTestDatabase } from '../../../test/support/databases.ts'
import { ephemeralSigner } from '../../../test/support/head-signer.ts'
import type { Database, Session, Statement } from '../database/database.ts'
import { migrate } from '../migrate.ts'
import { type Sealer, startSealer } from './sealer.ts'

/** Only a server has several connections, and so only there does a smaller id commit after a larger one. */
let database: Database
const owner = { role: 'owner' } as const

before(async () => {
  database = await openTestDatabase('postgres')
  await migrate(database)
  await database.script(slowInsert)
})
after(() => database?.close())

const unsealed: Statement = {
  name: 'test.unsealed',
  text: `select a.id from sijil.audit a where a.tenant = $1
    and (select count(*) from sijil.leaves l where l.tenant = a.tenant and l.audit = a.id) <> 1`,
}
const leaves: Statement = {
  name: 'test.leaves',
  text: 'select count(*) as count, max(leaf) + 1 as size from sijil.leaves where tenant = $1',
}
const unsealedOf = (tenant: string) => database.transaction(owner, (session) => session.query(unsealed, [tenant]))

async function withSealers(count: number, work: (sealers: readonly Sealer[]) => Promise<void>): Promise<void> {
  using directory = temporaryDirectory()
  const settings = {
    database,
    signer: ephemeral,
    headsFile: directory.file('heads.ndjson'),
    everyMs: 30_000,
    sliceRows: 3,
    sliceTenants: 2,
  }
  const onProblem = () => undefined
  const sealers = await Promise.all(Array.from({ length: count }, () => startSealer({ ...settings, onProblem })))
  try {
    await work(sealers)
  } finally {
    await Promise.all(sealers.map((sealer) => sealer.stop()))
  }
}
const ephemeral = ephemeralSigner()

/** A transaction that stays open until it is told to commit. */
async function openWriter(): Promise<{ readonly session: Session; commit(): Promise<void> }> {
  const ready = Promise.withResolvers<Session>()
  const mayCommit = Promise.withResolvers<void>()
  const ended = database.transaction(owner, (session) => {
    ready.resolve(session)
    return mayCommit.promise
  })
  const session = await ready.promise
  return {
    session,
    commit: () => {
      mayCommit.resolve()
      return ended
    },
  }
}

const acts = fc.array(fc.constantFrom('first adds', 'first commits', 'second adds', 'second commits', 'sealer'), {
  minLength: 8,
  maxLength: 24,
})
/** Larger ids are committed and sealed, more than once, before smaller ones: of the transaction that began first, … */
const overtaken = ['first adds', 'second adds', 'second commits', 'sealer', 'sealer', 'sealer', 'first commits']
/** … more of them than fit into a slice, … */
const manyOvertaken = [...Array<string>(5).fill('first adds'), ...overtaken]
/** … and of the one that began last, which no snapshot's `xmax` covers. */
const hemmedIn = [
  'first adds',
  'second adds',
  'first adds',
  'first commits',
  'sealer',
  'sealer',
  'sealer',
  'second commits',
]

test('whatever the order in which writers commit, every row gets exactly one leaf', async () => {
  let round = 0
  await fc.assert(
    fc.asyncProperty(acts, async (script) => {
      const tenant = `interleaved ${round++}`
      const open = new Map<string, Awaited<ReturnType<typeof openWriter>>>()
      await withSealers(1, async ([sealer]) => {
        try {
          for (const act of script) {
            const [who = '', does] = act.split(' ')
            if (who === 'sealer') await sealer?.sealNow()
            else if (does === 'commits')
              await open
                .get(who)
                ?.commit()
                .finally(() => open.delete(who))
            else {
              const writer = open.get(who) ?? (await openWriter())
              open.set(who, writer)
              await addAuditRows(writer.session, tenant, 1)
            }
          }
        } finally {
          await Promise.all([...open.values()].map((writer) => writer.commit()))
        }
        await sealer?.sealNow()
        assert.deepEqual(await unsealedOf(tenant), [])
      })
    }),
    { numRuns: 30, examples: [[overtaken], [manyOvertaken], [hemmedIn]] },
  )
})

/** Takes its row id, then waits for lock 7 before it reaches the table. */
const slowInsert = `
  create function sijil.wait_for_test() returns text language sql volatile as
    $$ select 'waited' from (select pg_advisory_xact_lock(7)) held $$;
`
const insertSlowly: Statement = {
  name: 'test.insert_slowly',
  text: `insert into sijil.audit (tenant, at, actor, what, subject, source)
    values ($1, now(), 'engine', 'step done', sijil.wait_for_test(), 'worker')`,
}
/**
 * The server numbers a transaction that draws the first of 32 ids from a sequence, whatever we do. After this the next draw is
 * not the first.
 */
const drawFirstId: Statement = {
  name: 'test.draw_first_id',
  text: `select setval(id, nextval(id)), nextval(id) from (select pg_get_serial_sequence('sijil.audit', 'id')::regclass as id) s`,
}
const takeLock: Statement = { name: 'test.take_lock', text: 'select pg_advisory_xact_lock(7)' }
const waiters: Statement = {
  name: 'test.waiters',
  text: `select count(*) as count from pg_locks where locktype = 'advisory' and objid = 7 and not granted`,
}

test('a row whose writer has its row id and has not reached the table yet is not lost', async () => {
  const tenant = 'slow'
  await withSealers(1, async ([sealer]) => {
    const holder = await openWriter()
    await holder.session.query(takeLock)
    await database.transaction(owner, (session) => session.query(drawFirstId))
    const slow = database.transaction(owner, (session) => session.query(insertSlowly, [tenant]))
    for (let waiting = 0; waiting === 0; ) {
      const [found] = await database.transaction(owner, (s) => s.query<{ readonly count: number }>(waiters))
      waiting = found?.count ?? 0
    }
    await database.transaction(owner, (session) => addAuditRows(session, tenant, 1))
    await sealer?.sealNow()
    await sealer?.sealNow()
    await holder.commit()
    await slow
    await sealer?.sealNow()
    assert.deepEqual(await unsealedOf(tenant), [])
  })
})

test('every tenant is served at every look, although a transaction stays open and nothing becomes final', async () => {
  const tenants = Array.from({ length: 5 }, (_, place) => `kept open ${place}`)
  await withSealers(1, async ([sealer]) => {
    const holder = await openWriter()
    await addAuditRows(holder.session, 'holder', 1)
    try {
      for (let look = 0; look < 3; look += 1) {
        for (const tenant of tenants) await database.transaction(owner, (session) => addAuditRows(session, tenant, 1))
        await sealer?.sealNow()
        for (const tenant of tenants) assert.deepEqual(await unsealedOf(tenant), [])
      }
    } finally {
      await holder.commit()
    }
  })
})

test('several sealers at once give every row one leaf, without a gap', async () => {
  const tenant = 'shared'
  await database.transaction(owner, (session) => addAuditRows(session, tenant, 40))
  await withSealers(3, async (sealers) => {
    await Promise.all(sealers.map((sealer) => sealer.sealNow()))
    await sealers[0]?.sealNow()
    assert.deepEqual(await unsealedOf(tenant), [])
    const [found] = await database.transaction(owner, (s) => s.query<{ count: number; size: number }>(leaves, [tenant]))
    assert.deepEqual(found, { count: 40, size: 40 })
  })
})
