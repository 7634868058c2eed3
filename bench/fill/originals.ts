import type { Place } from '../world/place.ts'
import { sealAll } from '../world/seal-all.ts'
import { openLedger, openWorld, type StartedHere, tenantsOf } from '../world/world.ts'
import { fill, type Filling } from './copies.ts'

/** One run for each tenant, written by the engine as always and sealed: what copies are made of. */
export async function writeOriginals(
  place: Place,
  workflow: 'three-steps' | 'decided' | 'signalled',
): Promise<readonly StartedHere[]> {
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(place, opened, { durability: 'travelling' })
  const originals: StartedHere[] = []
  for (const _ of tenantsOf(place))
    originals.push(await (workflow === 'three-steps' ? world.run() : world.pause(workflow)))
  await sealAll(world)
  return originals
}

/** Fills the ledger while nobody drives it. */
export async function fillPlace(place: Place, filling: Filling): Promise<void> {
  await using opened = new AsyncDisposableStack()
  await fill(await openLedger(place, opened, LONGEST_STATEMENT_MS), place, filling)
}

const LONGEST_STATEMENT_MS = 900_000
