import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker'
import { calendarOf } from '../../src/decisions/calendar.ts'
import type { DecisionParts } from '../../src/decisions/decision-parts.ts'
import { bundleFlows } from '../../src/engine/temporal/bundle.ts'
import { startTemporalEngine } from '../../src/engine/temporal/temporal-engine.ts'
import { parseTenantId } from '../../src/ledger/ids.ts'
import { TestVendors } from '../../src/testing/index.ts'
import { statusesOf } from '../world/looks.ts'
import type { Place } from '../world/place.ts'
import { type StartedHere, tenantsOf, type World } from '../world/world.ts'

/** How often somebody looks which runs have come to where they are awaited. */
const LOOK_MS = 5

type Awaited = 'ended' | 'waiting'

/** The engine on Temporal over the ledger of a world. */
export interface OnTemporal {
  /** What a person decides with: whoever is decided about is driven by Temporal. */
  readonly parts: DecisionParts
  /** One whole three-step run: settles when its end is durable. */
  readonly run: () => Promise<void>
  /** Starts a run that waits for a person; settles when the ledger says so. */
  readonly pause: () => Promise<StartedHere>
  /** Settles when a run has ended. */
  readonly ended: (run: string) => Promise<void>
}

/**
 * Temporal's own library says only what is wrong, and a bench that is told to end does: it would end the workers and leave what waits
 * for them waiting. Once in a process.
 */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  })
}

/** The flows of the bench, ours and those written by hand. */
export const bundle = (): Promise<WorkflowBundleOption> =>
  bundleFlows(fileURLToPath(new URL('./workflows.ts', import.meta.url)))

export async function openOnTemporal(
  world: World,
  place: Place,
  address: string,
  workflowBundle: WorkflowBundleOption,
  opened: AsyncDisposableStack,
): Promise<OnTemporal> {
  const { database, parts } = world
  const engine = opened.adopt(
    await startTemporalEngine({
      database,
      definitions: parts.definitions,
      openSystems: new TestVendors().open,
      openServices: () => ({}) as never, // no step of the bench uses any
      calendarOf: (tenant) => calendarOf(database, tenant),
      worker: 'bench',
      cluster: { address, namespace: 'default', tls: false, apiKey: undefined },
      taskQueue: 'bench',
      bundle: workflowBundle,
      keys: [{ id: 'bench', key: randomBytes(32) }],
      askForEnd: async () => 'NOT_ALLOWED', // nobody cancels here
      onTrouble: console.error,
    }),
    (one) => one.stop(),
  )
  const looked = lookFor(world, opened)
  const tenants = tenantsOf(place)
  let count = 0
  async function begin(workflow: 'three-steps' | 'decided'): Promise<StartedHere> {
    count += 1
    const tenant = tenants[count % tenants.length] ?? parseTenantId('tenant-0')
    const input = await world.inputOf(tenant)
    const { id, created } = engine.start({ tenant, workflow, requester: 'requester', input })
    await created
    return { tenant, run: id }
  }
  return {
    parts: { ...parts, engine },
    async run() {
      const { run } = await begin('three-steps')
      await looked(run, 'ended')
    },
    async pause() {
      const started = await begin('decided')
      await looked(started.run, 'waiting')
      return started
    },
    ended: (run) => looked(run, 'ended'),
  }
}

/** Answers a function that settles when a run has come to where it is awaited. */
function lookFor({ database }: World, opened: AsyncDisposableStack): (run: string, at: Awaited) => Promise<void> {
  const awaited = new Map<string, { readonly at: Awaited; readonly settle: () => void }>()
  let isOver = false
  async function look(): Promise<void> {
    while (!isOver) {
      await delay(LOOK_MS)
      if (awaited.size === 0) continue
      for (const { run, status } of await statusesOf(database, [...awaited.keys()])) {
        const one = awaited.get(run)
        if (one?.at !== status) continue
        awaited.delete(run)
        one.settle()
      }
    }
  }
  const looking = look()
  opened.defer(async () => {
    isOver = true
    await looking
  })
  return (run, at) => new Promise((settle) => awaited.set(run, { at, settle }))
}
