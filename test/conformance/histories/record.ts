/**
 * `npm run temporal:record` records a history for every run of `recordings.ts` that has none yet, on a development server. A history
 * that is there stays as it is: it stands for the runs that are out there, and is taken out only when no run of its kind can be.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { textOfHistory } from './history-text.ts'
import { payloadCodec } from '../../../src/engine/temporal/payload-codec.ts'
import { openDatabase } from '../../../src/ledger/database/open-database.ts'
import { openBoth } from '../../mobility/both-engines.ts'
import { openCluster, type TestCluster } from '../on-temporal.ts'
import { playIn } from '../scenario.ts'
import { fileOf, key, recorded, type Recording, recordings } from './recordings.ts'

const missing = recordings.filter((recording) => !existsSync(fileOf(recording)))
const cluster = await openCluster(new URL('sandbox.ts', import.meta.url), key)
const connection = await Connection.connect({ address: cluster.address })
const client = new Client({ connection, dataConverter: { payloadCodecs: [payloadCodec([key])] } })
try {
  for (const recording of missing) {
    const path = fileURLToPath(fileOf(recording))
    writeFileSync(path, await record(recording, cluster, client))
    process.stdout.write(`${basename(path)} is new\n`)
  }
} finally {
  await connection.close()
  await cluster.close()
}

async function record(
  { scenario, isMoved }: Recording,
  { openEngine }: TestCluster,
  { workflow }: Client,
): Promise<string> {
  const database = await openDatabase({})
  try {
    let workflowId = ''
    await playIn(
      {
        ...recorded,
        database,
        ...(isMoved
          ? { openEngine: (settings) => openBoth(cluster, settings), sides: ['local', 'temporal'] }
          : { openEngine: (settings) => openEngine(settings), placement: 'temporal' }),
      },
      {
        ...scenario,
        async play(stage) {
          await scenario.play(stage)
          const [row] = await database.transaction({ role: 'owner' }, (session) =>
            session.query<{ readonly epoch: number }>(
              { name: '', text: 'select epoch from sijil.runs where id = $1' },
              [stage.run.id],
            ),
          )
          workflowId = `${stage.run.id}.${row?.epoch}`
        },
      },
    )
    const handle = workflow.getHandle(workflowId)
    await handle.result()
    return textOfHistory(await handle.fetchHistory())
  } finally {
    await database.close()
  }
}
