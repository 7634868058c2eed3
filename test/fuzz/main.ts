/**
 * `npm run test:fuzz [-- --seed N] [-- --requests N] [-- --database pglite|postgres]`: the HTTP interface under broken, hostile and
 * valid requests. A seed is printed; the same seed sends the same requests.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { fuzzBroken, type Fuzzed, type FuzzOptions } from './fuzz.ts'
import { openFuzzWorld } from './fuzz-world.ts'
import { fuzzPermitted } from './permitted.ts'
import { fuzzBytes } from './raw-bytes.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    requests: { type: 'string', default: '20000' },
    database: { type: 'string', default: 'pglite' },
    faults: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed ?? Date.now() % 1e9)
const requests = Number(values.requests)
const progress = (sent: number, of: number): void => {
  if (!process.stderr.isTTY) {
    if (sent % 5_000 === 0) say(`${sent} of ${of}`)
    return
  }
  process.stderr.write(`\r${'█'.repeat(Math.min(40, Math.floor((sent / of) * 40))).padEnd(40, '·')} ${sent}`)
}
const say = (text: string): void => void process.stdout.write(`${text}\n`)

say(`seed ${seed}, ${requests} requests, ${values.database}`)
const postgres = values.database === 'postgres' ? await startPostgres() : undefined
const world = await openFuzzWorld(postgres === undefined ? {} : { DATABASE_URL: await postgres.createDatabase() })
try {
  const phases: readonly [string, (options: FuzzOptions) => Promise<Fuzzed>, number][] = [
    ['broken', fuzzBroken, requests],
    ['raw bytes', fuzzBytes, Math.min(600, Math.ceil(requests / 10))],
    ['permitted', fuzzPermitted, Math.ceil(requests / 10)],
  ]
  for (const [name, phase, count] of phases) {
    const startedAt = performance.now()
    const { sent, tally, faults } = await phase({
      world,
      seed,
      requests: count,
      faultsMax: Number(values.faults),
      onProgress: (so) => progress(so, count),
    })
    say(`\n${tableOf(tally)}`)
    say(
      `${name}: ${sent} requests in ${Math.round((performance.now() - startedAt) / 1_000)} s, ${faults.length} faults`,
    )
    for (const { seed: of, what, operation, flaw, curl } of faults)
      say(`\nFAULT (seed ${of}) ${operation}, ${flaw}: ${what}\n  ${curl}`)
    if (faults.length > 0) process.exitCode = 1
  }
} finally {
  await world.close()
  await postgres?.stop()
}
