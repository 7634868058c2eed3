/** A world in which orders are placed, with the parts that commands and decisions are carried out with. */
import { createSecretKey } from 'node:crypto'
import type { DecisionParts } from '../../src/decisions/decision-parts.ts'
import type { Actor } from '../../src/engine/commands/actor.ts'
import type { CommandParts } from '../../src/engine/commands/command-parts.ts'
import { startRun } from '../../src/engine/commands/start-run.ts'
import { definitions } from '../../src/engine/definitions.ts'
import type { Role } from '../../src/flow/gate.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { parsePersonId, parseTenantId, type RunId } from '../../src/ledger/ids.ts'
import { sealPersonal } from '../../src/trust/personal.ts'
import { openVault } from '../../src/trust/vault.ts'
import { EngineWorld } from './engine-world.ts'
import { anOrder, orderPolicies, orderWorkflow } from './order.ts'

export const masterKey = createSecretKey(Buffer.alloc(32, 7))

export interface OrderWorld {
  readonly world: EngineWorld
  readonly parts: CommandParts & DecisionParts
  /** One of the people of the world, who holds the role of the same name. */
  actor(role: Role): Actor
  /** An order that was started; it waits for its approval. */
  ordered(id?: string): Promise<RunId>
  idle(): Promise<void>
}

/** `movedFrom`: the world whose ledger was moved to this database. */
export async function openOrderWorld(database: Database, movedFrom?: OrderWorld): Promise<OrderWorld> {
  const world =
    movedFrom === undefined
      ? await EngineWorld.open(database, { workflows: [orderWorkflow], policies: orderPolicies })
      : await EngineWorld.movedTo(database, movedFrom.world)
  const vault = openVault({ database, masterKey })
  const parts: OrderWorld['parts'] = {
    database,
    definitions: definitions([orderWorkflow]),
    engine: { start: (wanted) => world.engine.start(wanted), wake: (run) => world.engine.wake(run) },
    engineOf: () => 'local',
    loadableOn: () => ['order@1'],
    seal: (tenant, otherwise, value, knownOnly) => sealPersonal(value, { vault, tenant, otherwise, knownOnly }),
    open: (tenant, value) => vault.open(tenant, value),
  }
  const actor = (role: Role): Actor => ({
    tenant: parseTenantId(world.tenant),
    person: parsePersonId(role),
    roles: [role],
    source: 'test',
  })
  return {
    world,
    parts,
    actor,
    async ordered(id) {
      const { id: run } = await startRun(parts, actor('requester'), { workflow: 'order', input: anOrder(id) })
      await world.engine.idle()
      return run
    },
    idle: () => world.engine.idle(),
  }
}
