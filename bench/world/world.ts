import { join } from 'node:path'
import { calendarOf } from '../../src/decisions/calendar.ts'
import { openLinks } from '../../src/decisions/links.ts'
import type { DecisionParts } from '../../src/decisions/decision-parts.ts'
import { linkService } from '../../src/decisions/services.ts'
import type { CommandParts } from '../../src/engine/commands/command-parts.ts'
import { definitions } from '../../src/engine/definitions.ts'
import { type LocalEngine, type LocalEngineSettings, startLocalEngine } from '../../src/engine/local/local-engine.ts'
import type { SessionEnd } from '../../src/engine/run/run-session.ts'
import type { Database } from '../../src/ledger/database/database.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { parseTenantId, type TenantId } from '../../src/ledger/ids.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { saveOrganisation } from '../../src/ledger/requests/organisation.ts'
import { type Sealer, startSealer } from '../../src/ledger/tree/sealer.ts'
import { TestVendors } from '../../src/testing/index.ts'
import { testOrganisation } from '../../src/testing/test-organisation.ts'
import { loadMasterKey } from '../../src/trust/master-key.ts'
import { sealPersonal } from '../../src/trust/personal.ts'
import { personalService } from '../../src/trust/services.ts'
import { loadSigningKey } from '../../src/trust/signing-key.ts'
import { openVault } from '../../src/trust/vault.ts'
import { decided, signalled } from './pausing.ts'
import type { Place } from './place.ts'
import { threeSteps } from '../three-steps.ts'

export type Durability = NonNullable<LocalEngineSettings['durability']>

export const tenantsOf = ({ tenants }: Pick<Place, 'tenants'>): readonly TenantId[] =>
  Array.from({ length: tenants }, (_, index) => parseTenantId(`tenant-${index}`))

const workflows = { 'three-steps': threeSteps, decided, signalled } as const
const BASE_URL = 'http://127.0.0.1:4747'

export interface World {
  readonly database: Database
  readonly engine: LocalEngine
  readonly sealer: Sealer
  readonly parts: CommandParts & DecisionParts
  /** The input of a three-step run, its personal value sealed. */
  readonly inputOf: (tenant: TenantId) => Promise<unknown>
  /** One whole three-step run of the next tenant: settles when its end is durable. */
  readonly run: () => Promise<StartedHere>
  /** Starts a run that pauses; settles when it is parked. */
  readonly pause: (workflow: 'decided' | 'signalled') => Promise<StartedHere>
}
export interface StartedHere {
  readonly tenant: TenantId
  readonly run: string
}

export interface WorldSettings {
  readonly durability: Durability
  readonly worker?: string
  /** What the engine sees of the database; default: all of it. */
  readonly seenAs?: (database: Database) => Database
}

/** A ledger with its tenants, nobody driving it. Filling it takes statements longer than the default lets them be. */
export async function openLedger(
  place: Place,
  opened: AsyncDisposableStack,
  statementDeadlineMs?: number,
): Promise<Database> {
  const where = place.url === undefined ? { dataDir: place.dataDir } : { url: place.url }
  const database = opened.adopt(await openDatabase({ ...where, statementDeadlineMs }), (one) => one.close())
  await migrate(database)
  for (const tenant of tenantsOf(place)) await saveOrganisation(database, testOrganisation(tenant, {}))
  return database
}

/** A ledger with everything switched on: tenants, audit rows, fencing, sealing alongside, sealed personal values. */
export async function openWorld(place: Place, opened: AsyncDisposableStack, settings: WorldSettings): Promise<World> {
  const { durability, worker = 'bench', seenAs = (one: Database) => one } = settings
  const database = await openLedger(place, opened)
  const signer = await loadSigningKey(place.keysDir)
  const { key: masterKey } = await loadMasterKey({ directory: place.keysDir })
  const headsFile = join(place.dataDir, 'heads.ndjson')
  const sealer = opened.adopt(await startSealer({ database, signer, headsFile, onProblem: console.error }), (one) =>
    one.stop(),
  )
  const vault = openVault({ database, masterKey })
  const links = openLinks({ masterKey, baseUrl: BASE_URL })
  const known = definitions(Object.values(workflows))
  const engine = opened.adopt(
    await startLocalEngine({
      database: seenAs(database),
      definitions: known,
      openSystems: new TestVendors().open,
      openServices: (scope) => ({
        personal: personalService(vault, scope),
        links: linkService({ links, database }, scope),
      }),
      calendarOf: (tenant) => calendarOf(database, tenant),
      worker,
      durability,
      onTrouble: console.error,
    }),
    (one) => one.stop(),
  )
  const seal: CommandParts['seal'] = (tenant, otherwise, value) => sealPersonal(value, { vault, tenant, otherwise })

  const tenants = tenantsOf(place)
  let count = 0
  let inputs = 0
  /** As a command makes it: checked, its personal value sealed. */
  async function inputOf(tenant: TenantId, workflow: keyof typeof workflows): Promise<unknown> {
    inputs += 1
    const clear = { n: 1, email: `person-${inputs % 1_000}@example.com` }
    const checked = await workflows[workflow].contract.input['~standard'].validate(clear)
    return seal(tenant, tenant, 'value' in checked ? checked.value : undefined)
  }
  async function begin(workflow: keyof typeof workflows): Promise<StartedHere & { readonly end: Promise<SessionEnd> }> {
    count += 1
    const tenant = tenants[count % tenants.length] ?? parseTenantId('tenant-0')
    const input = await inputOf(tenant, workflow)
    const isShort = workflow === 'three-steps'
    const engineOf = isShort ? 'inline' : 'local'
    const { id, end } = engine.start({ tenant, workflow, requester: 'requester', input, engine: engineOf })
    return { tenant, run: id, end }
  }
  async function go(workflow: keyof typeof workflows, until: SessionEnd['kind']): Promise<StartedHere> {
    const { tenant, run, end } = await begin(workflow)
    const { kind } = await end
    if (kind !== until) throw new Error(`a run of the bench is ${kind} and should be ${until}`)
    return { tenant, run }
  }
  return {
    database,
    engine,
    sealer,
    parts: {
      database,
      definitions: known,
      engine,
      engineOf: () => 'local',
      loadableOn: (side) => (side === 'local' ? known.loadable : undefined),
      seal,
      open: (tenant, personal) => vault.open(tenant, personal),
    },
    inputOf: (tenant) => inputOf(tenant, 'three-steps'),
    run: () => go('three-steps', 'ended'),
    pause: (workflow) => go(workflow, 'parked'),
  }
}
