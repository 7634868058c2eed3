import { DBOS } from '@dbos-inc/dbos-sdk'
import { startPostgres } from '../../test/support/postgres.ts'
import { postgresSettings } from '../world/postgres-settings.ts'
import manifest from './package.json' with { type: 'json' }
import { add, assertEnd, type Count, nextInput, type Peer } from './peer.ts'

const threeSteps = DBOS.registerWorkflow(
  async (input: Count): Promise<Count> => {
    const one = await DBOS.runStep(() => add(input), { name: 'add' })
    const two = await DBOS.runStep(() => add(one), { name: 'add' })
    return DBOS.runStep(() => add(two), { name: 'add' })
  },
  { name: 'three-steps' },
)

/** The library in this process, on the Postgres of our own bench: same binaries, same Unix socket, fsync on. */
export async function withDbos<T>(work: (peer: Peer) => Promise<T>): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const server = await startPostgres(postgresSettings)
  opened.defer(() => server.stop())
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: await server.createDatabase(),
    // The documented default, written out: 20 and 50 connections were no faster (README.md).
    systemDatabasePoolSize: 10,
    logLevel: 'error',
  })
  opened.defer(() => DBOS.shutdown())
  await DBOS.launch()
  return await work({
    peer: 'DBOS Transact',
    version: manifest.dependencies['@dbos-inc/dbos-sdk'],
    run: async () => assertEnd(await threeSteps(nextInput())),
  })
}
