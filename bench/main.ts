/**
 * `npm run bench [-- --json] [-- --quick]`: three-step runs on both databases with everything switched on, the median of three
 * rounds. Writes `bench/RESULTS.md` between its marks, unless `--json` or `--quick` is given.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { inWorld } from './bench-world.ts'
import { type Figures, measure, median } from './measure.ts'

interface Row {
  readonly database: 'pglite' | 'postgres'
  readonly durability: 'travelling' | 'each'
  readonly at50: Figures
  readonly at500: Figures
  readonly alone: Figures
  readonly sealingLagRows: number
}

const isQuick = process.argv.includes('--quick')
const ROUNDS = isQuick ? 1 : 3
const RUNS = isQuick ? 1_000 : 20_000
const LOADS = {
  at50: { runs: RUNS, concurrent: 50 },
  at500: { runs: RUNS, concurrent: 500 },
  alone: { runs: RUNS / 20, concurrent: 1 },
} as const

const row = (database: Row['database'], durability: Row['durability']): Promise<Row> =>
  inWorld(database, durability, async (world) => {
    const rounds = async (load: keyof typeof LOADS): Promise<Figures> => {
      const figures: Figures[] = []
      for (let round = 1; round <= ROUNDS; round += 1) {
        process.stderr.write(`\r${database}, ${durability}, ${load}: round ${round} of ${ROUNDS}      `)
        figures.push(await measure(LOADS[load], () => world.run()))
      }
      return median(figures)
    }
    const [at50, at500, alone] = [await rounds('at50'), await rounds('at500'), await rounds('alone')]
    return { database, durability, at50, at500, alone, sealingLagRows: (await world.lag()).rows }
  })

const rows: Row[] = []
for (const database of ['pglite', 'postgres'] as const) {
  for (const durability of ['travelling', 'each'] as const) rows.push(await row(database, durability))
}
process.stderr.write('\n')

if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
else {
  const table = tableOf(rows)
  process.stdout.write(`${table}\n`)
  if (!isQuick) keep(table)
}

function tableOf(of: readonly Row[]): string {
  const count = (value: number): string => value.toLocaleString('en')
  const ms = ({ p50Ms, p99Ms }: Figures): string => `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(1)}`
  const lines = of.map(
    ({ database, durability, at50, at500, alone, sealingLagRows }) =>
      `| ${database} | ${durability} | ${count(at50.perSecond)} | ${ms(at50)} | ${count(at500.perSecond)} | ${ms(at500)} | ${ms(alone)} | ${count(sealingLagRows)} |`,
  )
  return [
    '| database | mode | 50 concurrent, runs/s | p50 / p99 ms | 500 concurrent, runs/s | p50 / p99 ms | alone, p50 / p99 ms | rows not sealed yet |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

function keep(table: string): void {
  const file = new URL('./RESULTS.md', import.meta.url)
  const [processor] = cpus()
  const head = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}, Node ${process.version}, \`npm run bench\``
  const page = readFileSync(file, 'utf8')
  const kept = page.replace(
    /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/,
    (_, begin: string, end: string) => `${begin}${head}\n\n${table}\n${end}`,
  )
  writeFileSync(file, kept)
}
