/**
 * Flows whose shape is drawn, on every engine, with the same letters, decisions, cancellations and faults at the same points: what
 * is seen at each rest and what is left at the end is the same. `SIJIL_PROPERTY_TIMES` draws so many times as many, and
 * `SIJIL_DRAWN_SEED` begins with another seed.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Random } from '../simulation/random.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { runs } from '../support/property-runs.ts'
import { play } from './drawn/crowd.ts'
import { draw } from './drawn/draw.ts'
import { clusterForSuite, type TestCluster } from './on-temporal.ts'
import { type Observed, observedIn, type Surroundings } from './scenario.ts'
import { played } from './scenarios.ts'

const FIRST_SEED = Number(process.env['SIJIL_DRAWN_SEED'] ?? '1')
const USUAL = 25

describe('Drawn flows on every engine', () => {
  const embedded = ledgerForSuite('pglite')
  const served = ledgerForSuite('postgres')
  const apart = ledgerForSuite('postgres')
  const cluster = clusterForSuite(new URL('sandbox.ts', import.meta.url))

  async function lived(seed: number, where: Surroundings): Promise<Lived> {
    const { parts, faults } = draw(new Random(seed, 'shape'))
    let trail: readonly string[] = []
    const observed = await observedIn(
      { ...played, ...where },
      {
        title: `seed ${seed}`,
        workflow: 'drawn',
        input: { id: 'drawn', items: [], parts },
        faults,
        sideBySide: true,
        play: async (stage) => {
          trail = await play(stage, new Random(seed, 'people'))
        },
      },
    )
    return { trail, observed }
  }

  const openEngine: TestCluster['openEngine'] = (settings) => cluster().openEngine(settings)
  for (let seed = FIRST_SEED; seed < FIRST_SEED + runs(USUAL).numRuns; seed += 1)
    test(`seed ${seed}`, { timeout: 90_000 }, async () => {
      const first = await lived(seed, { database: embedded() })
      assertSame(await lived(seed, { database: served() }), first, 'Postgres')
      const onTemporal = { database: apart(), openEngine, placement: 'temporal' } as const
      assertSame(await lived(seed, onTemporal), first, 'Temporal')
    })
})

interface Lived {
  readonly trail: readonly string[]
  readonly observed: Observed
}

/** What was seen first that differs says most. */
function assertSame(lived: Lived, first: Lived, where: string): void {
  const parted = lived.trail.findIndex((line, index) => line !== first.trail[index])
  if (parted >= 0) {
    const alike = first.trail.slice(Math.max(0, parted - 2), parted).map((line) => `  both      ${line}`)
    const [one, other] = [first.trail[parted], lived.trail[parted]]
    assert.fail(
      [`on ${where} from rest ${parted} on:`, ...alike, `  PGlite    ${one}`, `  ${where}  ${other}`].join('\n'),
    )
  }
  assert.deepEqual(lived, first, `on ${where}`)
}
