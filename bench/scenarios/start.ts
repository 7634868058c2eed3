import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { middleOf } from '../measuring/rounds.ts'
import { newPlace, type Place } from '../world/place.ts'
import type { Scenario } from './scenario.ts'

export const start: Scenario = {
  name: 'start',
  title: 'Cold and warm start',
  measures:
    'from the start of the process to the moment the server of the product listens and drives. Cold: nothing is there yet (PGlite unpacks its template; both are migrated, keys are made, the sample organisation is added). Warm: all of it is there. The middle of five',
  durable: 'the schema, the keys and the sample organisation',
  durabilities: ['travelling'],
  async run({ database, isQuick }, progress) {
    const rounds = isQuick ? 1 : 5
    const cold: number[] = []
    const warm: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      progress(round / rounds, 'starts')
      await using opened = new AsyncDisposableStack()
      const place = await newPlace({ database, isQuick }, opened)
      cold.push(await startOnce(place))
      warm.push(await startOnce(place))
    }
    return [middleOf('cold start', 'ms', cold), { ...middleOf('warm start', 'ms', warm), durable: '–' }]
  },
}

const file = fileURLToPath(new URL('../server-process.ts', import.meta.url))

async function startOnce({ url, dataDir, keysDir }: Place): Promise<number> {
  const environment = {
    ...(url === undefined ? {} : { DATABASE_URL: url }),
    SIJIL_DATA: dataDir,
    SIJIL_KEYS: keysDir,
    SIJIL_PORT: '0',
    SIJIL_LOG: 'silent',
  }
  const startedAt = performance.now()
  const server = fork(file, { env: { PATH: process.env['PATH'], ...environment } })
  const gone = once(server, 'exit')
  await Promise.race([once(server, 'message'), gone.then(() => Promise.reject(new Error('the server did not start')))])
  const tookMs = performance.now() - startedAt
  server.disconnect()
  await gone
  return tookMs
}
