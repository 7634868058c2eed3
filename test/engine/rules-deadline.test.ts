import assert from 'node:assert/strict'
import { before, mock } from 'node:test'
import type { EffectScope } from '../../src/engine/systems.ts'
import type { Database, Param, Statement } from '../../src/ledger/database/database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { onBothDatabases } from '../support/databases.ts'
import { scenario, startProcess, worlds } from './rules-world.ts'

const signing = scenario('signing', async (flow, id) => (await flow.sign(id)).envelopeId)

onBothDatabases('The deadline of an attempt', (database) => {
  before(() => migrate(database()))
  const inWorld = worlds(database)

  inWorld(
    'is counted from before its intent was written, so that a process that stood still meanwhile sends nothing',
    { workflows: [] },
    async (world) => {
      let here = 0
      const read = mock.method(performance, 'now', () => here)
      const scopes: EffectScope[] = []
      try {
        const engine = await startProcess(world, [signing], {
          database: answeredLate(database(), () => {
            here += 60_000
          }),
          openSystems: (scope) => {
            scopes.push(scope)
            return world.openSystems(scope)
          },
        })
        const run = engine.start({ tenant: world.tenant, workflow: 'signing', requester: 'requester', input: 'x' })
        await run.end
        engine.abandon()
      } finally {
        read.mock.restore()
      }
      const [first] = scopes
      assert.ok(first)
      assert.ok(first.deadline < first.now, `${first.deadline - first.now} ms were left to send`)
    },
  )
})

/** The ledger's clock goes on by itself, and the answer to the first commit takes long to be heard. */
function answeredLate(database: Database, wait: () => void): Database {
  let waited = false
  return {
    kind: database.kind,
    engine: {
      async query<Row extends object>(statement: Statement, params?: readonly Param[]) {
        const rows = await database.engine.query<Row>(statement, params)
        if (statement.name === 'commit_batch' && !waited) {
          waited = true
          wait()
        }
        return rows.map((row) => ('held' in row ? { ...row, held: false } : row))
      },
    },
    transaction: (who, work) => database.transaction(who, work),
    script: (sql) => database.script(sql),
    close: () => database.close(),
  }
}
