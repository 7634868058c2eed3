import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definitions } from '../src/engine/definitions.ts'
import { type LocalEngineSettings, startLocalEngine } from '../src/engine/local/local-engine.ts'
import type { Database } from '../src/ledger/database/database.ts'
import { openDatabase } from '../src/ledger/database/open-database.ts'
import { parseTenantId } from '../src/ledger/ids.ts'
import { migrate } from '../src/ledger/migrate.ts'
import { readSealingLag, startSealer } from '../src/ledger/tree/sealer.ts'
import { TestVendors } from '../src/testing/index.ts'
import { testOrganisation } from '../src/testing/test-organisation.ts'
import { saveOrganisation } from '../src/ledger/requests/organisation.ts'
import { sealPersonal } from '../src/trust/personal.ts'
import { createSigningKey } from '../src/trust/signing-key.ts'
import { openVault } from '../src/trust/vault.ts'
import { threeSteps } from './three-steps.ts'
import { startPostgres } from '../test/support/postgres.ts'

export interface BenchWorld {
  /** One whole run: settles when its end is durable. */
  run(): Promise<void>
  lag(): Promise<{ readonly rows: number; readonly oldestMs: number }>
}

/** A ledger on disk with everything switched on: tenancy, audit rows, fencing, sealing alongside, sealed personal values. */
export async function inWorld<T>(
  kind: Database['kind'],
  durability: NonNullable<LocalEngineSettings['durability']>,
  work: (world: BenchWorld) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'sijil-bench-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const database = await openOn(kind, directory, opened)
  await migrate(database)
  const tenants = Array.from({ length: 100 }, (_, index) => parseTenantId(`tenant-${index}`))
  for (const tenant of tenants) await saveOrganisation(database, testOrganisation(tenant, {}))
  const sealer = await startSealer({
    database,
    signer: createSigningKey(),
    headsFile: join(directory, 'heads.ndjson'),
    onProblem: console.error,
  })
  opened.defer(() => sealer.stop())
  const vault = openVault({ database, masterKey: createSecretKey(randomBytes(32)) })
  const engine = await startLocalEngine({
    database,
    definitions: definitions([threeSteps]),
    openSystems: new TestVendors().open,
    openServices: () => ({}) as never, // the three steps use no service
    calendarOf: async () => ({ afterWorkingDays: () => 0 }),
    worker: 'bench',
    durability,
    onTrouble: console.error,
  })
  opened.defer(() => engine.stop())
  let count = 0
  return await work({
    async run() {
      count += 1
      const tenant = tenants[count % tenants.length] ?? parseTenantId('tenant-0')
      const clear = await threeSteps.contract.input['~standard'].validate({
        n: 1,
        email: `person-${count % 1_000}@example.com`,
      })
      const input = await sealPersonal('value' in clear ? clear.value : undefined, { vault, tenant, otherwise: tenant })
      const { end } = engine.start({ tenant, workflow: 'three-steps', requester: 'requester', input, engine: 'inline' })
      const { kind: ended } = await end
      if (ended !== 'ended') throw new Error(`a run of the bench is ${ended}`)
    },
    lag: () => readSealingLag(database),
  })
}

async function openOn(kind: Database['kind'], directory: string, opened: AsyncDisposableStack): Promise<Database> {
  if (kind === 'pglite') return opened.adopt(await openDatabase({ dataDir: directory }), (database) => database.close())
  const server = await startPostgres()
  opened.defer(() => server.stop())
  return opened.adopt(await openDatabase({ url: await server.createDatabase() }), (database) => database.close())
}
