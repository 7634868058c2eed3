/**
 * `npm start [-- --json] [-- --quick]`: the three steps of our own bench on other products, measured as we measure ourselves.
 * The median of three rounds, or one short round with `--quick`. With `--json` one line for each peer.
 */
import { type Figures, type Load, measure, median } from '../measure.ts'
import { withDbos } from './dbos.ts'
import type { Peer } from './peer.ts'
import { withRestate } from './restate.ts'

interface Row {
  readonly peer: string
  readonly version: string
  readonly at50: Figures
  readonly at500: Figures
  readonly alone: Figures
}

const isQuick = process.argv.includes('--quick')
const ROUNDS = isQuick ? 1 : 3
const RUNS = isQuick ? 500 : 4_000
const LOADS = {
  at50: { runs: RUNS, concurrent: 50 },
  at500: { runs: RUNS, concurrent: 500 },
  alone: { runs: RUNS / 8, concurrent: 1 },
} as const satisfies Record<string, Load>

// The servers are ended and their files removed when this process exits; a signal alone would not be an exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

async function rowOf({ peer, version, run }: Peer): Promise<Row> {
  const rounds = async (load: keyof typeof LOADS): Promise<Figures> => {
    const figures: Figures[] = []
    for (let round = 1; round <= ROUNDS; round += 1) {
      process.stderr.write(`\r${peer}, ${load}: round ${round} of ${ROUNDS}      `)
      figures.push(await measure(LOADS[load], run))
    }
    return median(figures)
  }
  return { peer, version, at50: await rounds('at50'), at500: await rounds('at500'), alone: await rounds('alone') }
}

// One after the other: they would take the processors from each other.
const rows = [await withDbos(rowOf), await withRestate(rowOf)]
process.stderr.write('\n')
const lines = process.argv.includes('--json') ? rows.map((row) => JSON.stringify(row)) : tableOf(rows)
process.stdout.write(`${lines.join('\n')}\n`)

function tableOf(of: readonly Row[]): readonly string[] {
  const count = (value: number): string => value.toLocaleString('en')
  const ms = ({ p50Ms, p99Ms }: Figures): string => `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(1)}`
  return [
    '| peer | version | 50 concurrent, runs/s | p50 / p99 ms | 500 concurrent, runs/s | p50 / p99 ms | alone, p50 / p99 ms |',
    '|---|---|---|---|---|---|---|',
    ...of.map(
      ({ peer, version, at50, at500, alone }) =>
        `| ${peer} | ${version} | ${count(at50.perSecond)} | ${ms(at50)} | ${count(at500.perSecond)} | ${ms(at500)} | ${ms(alone)} |`,
    ),
  ]
}
