import { join } from 'node:path'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { MOVER } from '../../src/ledger/move/hold-still.ts'
import { moveLedger } from '../../src/ledger/move/move-ledger.ts'
import { copyHeadsFile } from '../../src/ledger/tree/heads-file.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { loadSigningKey } from '../../src/trust/signing-key.ts'
import { pace } from '../measure.ts'
import { inMb } from '../measuring/memory.ts'
import { newPlace, type Place } from '../world/place.ts'
import { sealAll } from '../world/seal-all.ts'
import { openWorld } from '../world/world.ts'
import type { Scenario } from './scenario.ts'

const PATIENCE_MS = 3_600_000

/** Every run is written by the engine, with an open task, and sealed: the copy is checked against its proofs. */
export const ledgerMove: Scenario = {
  name: 'ledger-move',
  title: 'Moving a whole ledger',
  measures:
    'from the moment both databases are open to the moment the copy is: 10,000 runs that wait for a decision, read, copied, compared and checked like `db verify`, as `sijil db move` does it. PGlite is moved to a Postgres, Postgres into a new PGlite',
  durable: 'the copy and the tombstone of the source',
  durabilities: ['travelling'],
  async run({ database, durability, isQuick }, progress) {
    await using opened = new AsyncDisposableStack()
    const runs = isQuick ? 30 : 10_000
    const from = await newPlace({ database, isQuick }, opened)
    const to = await newPlace({ database: database === 'pglite' ? 'postgres' : 'pglite', isQuick }, opened)
    await fill(from, runs, durability, (done) => progress((0.5 * done) / runs, 'runs pause'))
    const { verify } = await loadSigningKey(from.keysDir)
    const headsFile = join(to.dataDir, 'heads.ndjson')
    const [source, target] = [await placeOf(from, opened), await placeOf(to, opened)]
    const rssBefore = process.memoryUsage.rss()
    let rssMost = rssBefore
    let checkedAt = 0
    const startedAt = performance.now()
    const { rows } = await moveLedger({
      source,
      target,
      takeAlong: async () => void (await copyHeadsFile(join(from.dataDir, 'heads.ndjson'), headsFile)),
      check: (copy) => verifyLedger({ database: copy, verify, headsFile }),
      onProgress: ({ doing, rows: done = 0, of = Number.POSITIVE_INFINITY }) => {
        rssMost = Math.max(rssMost, process.memoryUsage.rss())
        if (doing === 'checking') checkedAt = performance.now()
        progress(0.5 + (0.5 * done) / of, 'the ledger moves')
      },
    })
    const tookMs = performance.now() - startedAt
    return [
      { what: 'moved after', value: tookMs / 1_000, unit: 's' },
      { what: 'of it the check of the copy', value: (performance.now() - checkedAt) / 1_000, unit: 's' },
      { what: 'rows', value: rows, unit: 'rows' },
      { what: 'rows a second', value: rows / (tookMs / 1_000), unit: 'rows/s' },
      {
        what: 'the whole process grows by at most, the thread of PGlite in it',
        value: inMb(rssMost - rssBefore),
        unit: 'MB',
      },
    ]
  },
}

async function fill(
  place: Place,
  runs: number,
  durability: 'travelling' | 'each',
  onDone: (runs: number) => void,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(place, opened, { durability })
  let done = 0
  await pace({ runs, concurrent: Math.min(runs, 500) }, async () => {
    await world.pause('decided')
    done += 1
    if (done % 100 === 0) onDone(done)
  })
  await sealAll(world)
}

async function placeOf({ url, dataDir }: Place, opened: AsyncDisposableStack) {
  const patience = { statementDeadlineMs: PATIENCE_MS, idleInTransactionMs: PATIENCE_MS, applicationName: MOVER }
  const database = await openDatabase({ ...(url === undefined ? { dataDir } : { url }), ...patience })
  return { name: url ?? dataDir, database: opened.adopt(database, (one) => one.close()) }
}
