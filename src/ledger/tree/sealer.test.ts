import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, it } from 'node:test'
import { addAuditRows, sealForGood, tamper, temporaryDirectory } from '../../../test/support/audit-log.ts'
import { onBothDatabases } from '../../../test/support/databases.ts'
import { ephemeralSigner } from '../../../test/support/head-signer.ts'
import type { Database, Statement } from '../database/database.ts'
import { migrate } from '../migrate.ts'
import { readSealingLag, type Sealer, type SealingProblem, startSealer } from './sealer.ts'
import { parseHeadLine } from './tree-head.ts'

const leavesOf: Statement = {
  name: 'test.leaves_of',
  text: 'select leaf, audit from sijil.leaves where tenant = $1 order by leaf',
}
const headSizesOf: Statement = {
  name: 'test.head_sizes_of',
  text: 'select size from sijil.tree_heads where tenant = $1 order by size',
}
const finalBelowOf: Statement = {
  name: 'test.final_below_of',
  text: 'select final_below as "finalBelow" from sijil.sealing where tenant = $1',
}

const owner = { role: 'owner' } as const
const signer = ephemeralSigner()

onBothDatabases('A sealer', (database) => {
  before(() => migrate(database()))

  const add = (tenant: string, count: number) => database().transaction(owner, (s) => addAuditRows(s, tenant, count))
  const ask = async <Row extends object>(statement: Statement, tenant: string) =>
    database().transaction(owner, (session) => session.query<Row>(statement, [tenant]))
  const sealed = async (tenant: string) =>
    (await ask<{ leaf: number; audit: number }>(leavesOf, tenant)).map(({ audit }) => audit)
  const headSizes = async (tenant: string) => (await ask<{ size: number }>(headSizesOf, tenant)).map(({ size }) => size)
  const finalBelow = async (tenant: string) => (await ask<{ finalBelow: number }>(finalBelowOf, tenant))[0]?.finalBelow

  const withSealer = async (
    work: (sealer: Sealer, headsFile: string, problems: readonly SealingProblem[]) => Promise<void>,
    more: { readonly sliceRows?: number; readonly database?: Database } = {},
  ) => {
    using directory = temporaryDirectory()
    const problems: SealingProblem[] = []
    const onProblem = (problem: SealingProblem) => void problems.push(problem)
    const headsFile = directory.file('heads.ndjson')
    const sealer = await startSealer({ database: database(), signer, headsFile, everyMs: 30_000, onProblem, ...more })
    try {
      await work(sealer, headsFile, problems)
    } finally {
      await sealer.stop()
    }
  }
  const linesOf = (headsFile: string, tenant: string) =>
    readFileSync(headsFile, 'utf8')
      .split('\n')
      .map((line) => parseHeadLine(line))
      .filter((head) => head?.tenant === tenant)
      .map((head) => head?.size)

  it('gives every row of every tenant one leaf, in order of id, in as many slices as it takes', async () => {
    const [one, two] = [await add('one', 7), await add('two', 3)]
    await withSealer(
      async (sealer, headsFile) => {
        assert.equal(await sealer.sealNow(), 10)
        assert.deepEqual(await sealed('one'), one)
        assert.deepEqual(await sealed('two'), two)
        assert.deepEqual((await headSizes('one')).at(-1), 7)
        assert.deepEqual(linesOf(headsFile, 'one'), await headSizes('one'))
        assert.equal(await sealer.sealNow(), 0)
      },
      { sliceRows: 2 },
    )
  })

  it('says how far it is behind', async () => {
    await add('lagging', 2)
    assert.equal((await readSealingLag(database())).rows, 2)
    await withSealer(async (sealer) => {
      await sealer.sealNow()
      assert.deepEqual(await readSealingLag(database()), { rows: 0, oldestMs: 0 })
    })
  })

  it('ends its search at what is final, so that history costs nothing', async () => {
    await withSealer(async (sealer) => {
      const ids = await add('final', 3)
      // One session: nobody else can be writing, so once will do.
      if (database().kind === 'pglite') await sealer.sealNow()
      else await sealForGood(database(), sealer, 'final')
      assert.equal(await finalBelow('final'), ids.at(-1))
    })
  })

  it('goes on where an earlier one stopped, and finds the heads that did not reach the file', async () => {
    await add('resumed', 3)
    await withSealer(async (sealer) => void (await sealer.sealNow()))
    await add('resumed', 2)
    await withSealer(async (sealer, headsFile) => {
      await sealer.sealNow()
      assert.deepEqual(linesOf(headsFile, 'resumed'), [3, 5])
      assert.equal((await sealed('resumed')).length, 5)
    })
  })

  it('does not let a torn line of the file swallow the next one', async () => {
    await add('torn', 1)
    await withSealer(async (sealer, headsFile) => {
      writeFileSync(headsFile, '{"at":17')
      await sealer.sealNow()
      assert.deepEqual(linesOf(headsFile, 'torn'), [1])
    })
  })

  it('does not extend a tree whose last head is forged, says so once, and serves the others', async () => {
    await add('forged', 2)
    await withSealer(async (sealer) => void (await sealer.sealNow()))
    await tamper(database(), `update sijil.tree_heads set at = at + interval '1 ms' where tenant = 'forged'`)
    await add('forged', 1)
    await add('honest', 1)
    await withSealer(async (sealer, _, problems) => {
      await sealer.sealNow()
      await sealer.sealNow()
      assert.deepEqual(
        problems.map((problem) => problem.code),
        ['TREE_HEAD_NOT_TRUSTED'],
      )
      assert.equal((await sealed('forged')).length, 2)
      assert.equal((await sealed('honest')).length, 1)
    })
    await tamper(database(), `update sijil.tree_heads set at = at - interval '1 ms' where tenant = 'forged'`)
  })

  it('does not extend a tree whose frontier is not the one that was signed', async () => {
    await add('grafted', 2)
    await withSealer(async (sealer) => void (await sealer.sealNow()))
    const flip = `update sijil.tree_heads set frontier = set_byte(frontier, 0, 255 - get_byte(frontier, 0)) where tenant = 'grafted'`
    await tamper(database(), flip)
    await add('grafted', 1)
    await withSealer(async (sealer, _, problems) => {
      await sealer.sealNow()
      assert.equal(problems.length, 1)
      assert.equal((await sealed('grafted')).length, 2)
    })
    await tamper(database(), flip)
  })

  it('goes on after the database failed, and says so', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    using directory = temporaryDirectory()
    const problem = Promise.withResolvers<SealingProblem>()
    const recovered = Promise.withResolvers<void>()
    const sealer = await startSealer({
      database: failingOnce(database(), () => recovered.resolve()),
      signer,
      headsFile: directory.file('heads.ndjson'),
      everyMs: 10,
      onProblem: (found) => problem.resolve(found),
    })
    t.mock.timers.tick(10)
    assert.equal((await problem.promise).code, 'SEALING_FAILED')
    t.mock.timers.tick(20)
    await recovered.promise
    await sealer.stop()
  })
})

/** Its first transaction fails; `recovered` is told of each that does not. */
function failingOnce(real: Database, recovered: () => void): Database {
  let failures = 1
  return {
    kind: real.kind,
    engine: real.engine,
    script: (sql) => real.script(sql),
    close: () => real.close(),
    transaction: async (who, work) => {
      if (failures-- > 0) throw new Error('the connection ended')
      const result = await real.transaction(who, work)
      recovered()
      return result
    },
  }
}
