/** Joins the rooms into a running Sijil: the faces above see this and none of the joints. */
import { hostname } from 'node:os'
import type { Accounts } from '../connectors/accounts.ts'
import { accountMemory } from '../connectors/account-memory.ts'
import { type Contacts, openContacts } from '../connectors/contacts.ts'
import { DEFAULT_LIMITS } from '../connectors/facade/call-limits.ts'
import { Facade } from '../connectors/facade/facade.ts'
import { openHoldsBack } from '../connectors/holds-back.ts'
import { allowPrivateAddresses } from '../connectors/reach.ts'
import { ConnectorMetrics } from '../connectors/metrics.ts'
import { openSystems } from '../connectors/open-systems.ts'
import { calendarOf } from '../decisions/calendar.ts'
import type { DecisionParts } from '../decisions/decision-parts.ts'
import { type Links, openLinks } from '../decisions/links.ts'
import { linkService } from '../decisions/services.ts'
import type { CommandParts } from '../engine/commands/command-parts.ts'
import { matchParked } from '../engine/commands/vendor-events.ts'
import { definitions } from '../engine/definitions.ts'
import { type LocalEngine, startLocalEngine } from '../engine/local/local-engine.ts'
import type { TemporalEngine } from '../engine/temporal/temporal-engine.ts'
import type { Catalogue } from '../inventory/catalogue.ts'
import type { EngineChoice } from '../inventory/engine-for.ts'
import { openDatabase } from '../ledger/database/open-database.ts'
import { migrate } from '../ledger/migrate.ts'
import { tenantsWithParked } from '../ledger/reading/parked-tenants.ts'
import { type Sealer, startSealer } from '../ledger/tree/sealer.ts'
import { type SeededOrganisation, seedOrganisation } from '../seed/organisation.ts'
import { loadMasterKey } from '../trust/master-key.ts'
import { sealPersonal } from '../trust/personal.ts'
import { personalService } from '../trust/services.ts'
import { loadSigningKey, type SigningKey } from '../trust/signing-key.ts'
import { openVault } from '../trust/vault.ts'
import { flows } from '../workflows/flows.ts'
import { workflows } from '../workflows/index.ts'
import { engineOf, enginesOf, openCatalogue } from './catalogue.ts'
import { type Engines, joinEngines } from './engines.ts'
import type { Log } from './log.ts'
import { type DrivingParts, openTemporal } from './open-temporal.ts'
import { openOutgoingWebhooks, type OutgoingWebhooks } from './open-outgoing-webhooks.ts'
import { startParkedSweep } from './parked-sweep.ts'
import { headsFileOf, type SijilSettings } from './settings.ts'

export interface OpenSijil {
  readonly settings: SijilSettings
  readonly log: Log
  /** Links begin with it: `https://sijil.example`. */
  readonly publicUrl: string
  /** Adds the sample organisation with its people and their keys, where it is not there yet. Default: no. */
  readonly seed?: boolean
}

/** A running Sijil. */
export interface Sijil extends CommandParts, DecisionParts {
  readonly settings: SijilSettings
  readonly engine: Engines
  readonly local: LocalEngine
  /** When a cluster is configured. */
  readonly temporal: TemporalEngine | undefined
  readonly engineChoice: EngineChoice
  readonly sealer: Sealer
  readonly links: Links
  readonly signer: SigningKey
  readonly headsFile: string
  readonly catalogue: Catalogue
  readonly accounts: Accounts
  readonly connectorMetrics: ConnectorMetrics
  readonly facade: Facade
  readonly webhooks: Omit<OutgoingWebhooks, 'stop'>
  readonly contacts: Contacts
  readonly publicUrl: string
  readonly log: Log
  /** The sample organisation, when it was asked for. */
  readonly seeded: SeededOrganisation | undefined
  /** Lets another process on this machine find this one: see `readHolder`. With Postgres nobody needs to. */
  announceAddress(url: string): void
  /** In order: the engines take nothing new and finish what is in flight, the sealer seals its slice, the database ends. */
  close(): Promise<void>
}

/**
 * Opens the ledger, brings its schema up to date and starts driving runs. What was opened is closed again when it throws:
 * DATA_DIRECTORY_IN_USE, SCHEMA_NEWER, KEY_EXPOSED, TEMPORAL_NOT_INSTALLED and what else the rooms refuse. A cluster that is down
 * keeps nothing from starting.
 */
export async function openSijil({ settings, log, publicUrl, seed = false }: OpenSijil): Promise<Sijil> {
  const { accounts, keysDir } = settings
  const catalogue = openCatalogue(accounts.all)
  const engineChoice = enginesOf(settings, catalogue)
  await using opening = new AsyncDisposableStack()
  const masterKey = await loadMasterKey({ environment: settings.masterKey, directory: keysDir })
  const signer = await loadSigningKey(keysDir)

  const database = opening.adopt(
    await openDatabase(
      settings.databaseUrl === undefined ? { dataDir: settings.dataDir } : { url: settings.databaseUrl },
    ),
    (opened) => opened.close(),
  )
  for (const { number, name } of await migrate(database)) log.info({ number, name }, 'migration applied')
  const seeded = seed ? await seedOrganisation({ database, keysDirectory: keysDir }) : undefined

  const headsFile = headsFileOf(settings)
  const sealer = opening.adopt(
    await startSealer({
      database,
      signer,
      headsFile,
      onProblem: ({ code, message, ...more }) =>
        log.error({ code, error: 'cause' in more ? more.cause : undefined }, message),
    }),
    (started) => started.stop(),
  )

  const known = definitions(workflows)
  const vault = openVault({ database, masterKey: masterKey.key })
  const links = openLinks({ masterKey: masterKey.key, baseUrl: publicUrl })
  allowPrivateAddresses(settings.privateAddresses)
  const contacts = openContacts({
    database,
    contactOf: (tenant, address) => vault.personOf(tenant, address),
    stopUrl: (of) => links.url({ kind: 'stop', ...of }),
  })
  const connectorMetrics = new ConnectorMetrics()
  const facade = new Facade({
    database,
    metrics: connectorMetrics,
    limitsOf: (connector) => settings.callLimits.get(connector) ?? DEFAULT_LIMITS,
  })
  const memory = accountMemory(database)
  const systemsParts = { memory, metrics: connectorMetrics, database, contacts, around: facade }
  const driving: DrivingParts = {
    database,
    definitions: known,
    openSystems: openSystems(accounts, systemsParts),
    holdsBack: openHoldsBack(accounts, systemsParts),
    openServices: (scope) => ({
      personal: personalService(vault, scope),
      links: linkService({ links, database }, scope),
    }),
    calendarOf: (tenant) => calendarOf(database, tenant),
    worker: `${hostname()}/${process.pid}`,
    onTrouble: (error) => log.error({ error }, 'the engine met trouble'),
  }
  const local = opening.adopt(await startLocalEngine({ ...driving, durability: settings.durability }), (started) =>
    started.stop(),
  )
  const temporal = opening.adopt(await openTemporal({ settings, log, driving }), (started) => started?.stop())
  const commands: CommandParts = {
    database,
    definitions: known,
    engine: joinEngines(local, temporal),
    engineOf: engineOf(catalogue, engineChoice),
    loadableOn: (side) => (side === 'local' ? known.loadable : temporal && Object.keys(flows)),
    seal: (tenant, otherwise, value, knownOnly) => sealPersonal(value, { vault, tenant, otherwise, knownOnly }),
  }
  const sweep = startParkedSweep({
    tenants: () => tenantsWithParked(database),
    match: (tenant) => matchParked(commands, tenant),
    onTrouble: (error) => log.error({ error }, 'what is parked was not looked at'),
  })
  opening.defer(() => sweep.stop())
  const webhooks = opening.adopt(
    await openOutgoingWebhooks({ database, masterKey: masterKey.key, settings, worker: driving.worker, log }),
    (opened) => opened.stop(),
  )
  const closing = opening.move()
  return {
    ...commands,
    settings,
    local,
    temporal,
    engineChoice,
    open: (tenant, personal) => vault.open(tenant, personal),
    sealer,
    links,
    signer,
    headsFile,
    catalogue,
    accounts,
    connectorMetrics,
    facade,
    webhooks,
    contacts,
    publicUrl,
    log,
    seeded,
    announceAddress: (url) => {
      if (database.kind === 'pglite') database.announceAddress(url)
    },
    close: () => closing.disposeAsync(),
  }
}
