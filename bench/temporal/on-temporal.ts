import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { WorkflowBundleOption } from '@temporalio/worker'
import { calendarOf } from '../../src/decisions/calendar.ts'
import { startTemporalEngine } from '../../src/engine/temporal/temporal-engine.ts'
import { parseTenantId } from '../../src/ledger/ids.ts'
import { TestVendors } from '../../src/testing/index.ts'
import { tenantsOf, type World } from '../world/world.ts'
import type { Place } from '../world/place.ts'

/** How often somebody looks which runs have ended. */
const LOOK_MS = 5

/** The engine on Temporal over the ledger of a world. Answers a function that starts a run and settles when its end is durable. */
export async function openOnTemporal(
  world: World,
  place: Place,
  address: string,
  bundle: WorkflowBundleOption,
  opened: AsyncDisposableStack,
): Promise<() => Promise<void>> {
  const { database, parts } = world
  const engine = opened.adopt(
    await startTemporalEngine({
      database,
      definitions: parts.definitions,
      openSystems: new TestVendors().open,
      openServices: () => ({}) as never, // three steps use none
      calendarOf: (tenant) => calendarOf(database, tenant),
      worker: 'bench',
      cluster: { address, namespace: 'default', tls: false, apiKey: undefined },
      taskQueue: 'bench',
      bundle,
      keys: [{ id: 'bench', key: randomBytes(32) }],
      askForEnd: async () => {},
      onTrouble: console.error,
    }),
    (one) => one.stop(),
  )
  const ends = new Map<string, () => void>()
  const over = new AbortController()
  const looking = look(world, ends, over.signal)
  opened.defer(async () => {
    over.abort()
    await looking
  })
  const tenants = tenantsOf(place)
  let count = 0
  return async () => {
    count += 1
    const tenant = tenants[count % tenants.length] ?? parseTenantId('tenant-0')
    const input = await world.inputOf(tenant)
    const { id, created } = engine.start({ tenant, workflow: 'three-steps', requester: 'requester', input })
    await created
    await new Promise<void>((resolve) => ends.set(id, resolve))
  }
}

async function look({ database }: World, ends: Map<string, () => void>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await delay(LOOK_MS)
    if (ends.size === 0) continue
    const rows = await database.transaction({ role: 'owner' }, (session) =>
      session.query<{ id: string }>(
        { name: 'bench.ended', text: "select id from sijil.runs where id = any ($1::uuid[]) and status = 'ended'" },
        [[...ends.keys()]],
      ),
    )
    for (const { id } of rows) {
      ends.get(id)?.()
      ends.delete(id)
    }
  }
}
