/**
 * `npm run test:processes -- [--scenario kills|frozen|postgres] [--database pglite|postgres|both] [--kills N] [--times N] [--seed N]`:
 * real processes are killed, frozen and cut off while people work with them. `--database` and `--kills` are of the first
 * scenario, `--times` of the others. Progress goes to stderr, the figures to stdout. What fails prints its seed and the end of
 * the trail, and says where everything is kept.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { freezeAServer } from './frozen.ts'
import { killTheServer } from './kills.ts'
import { killPostgres } from './postgres-kills.ts'

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'kills' },
    database: { type: 'string', default: 'both' },
    kills: { type: 'string', default: '200' },
    times: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
const Options = z.object({
  scenario: z.enum(['kills', 'frozen', 'postgres']),
  database: z.enum(['pglite', 'postgres', 'both']),
  kills: z.coerce.number().int().min(1),
  times: z.coerce.number().int().min(1),
  seed: z.coerce.number().int().min(0),
})
const { scenario, database, kills, times, seed } = Options.parse(values)

const onProgress = (text: string): void => {
  process.stderr.write(`\r${text.padEnd(100)}`)
}

// Whoever stops us stops what we have started: it ends in the handlers of our exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    // Nothing else runs those handlers at once.
    process.exit(130)
  })

process.stderr.write(`seed ${seed}\n`)
try {
  const told = await play()
  process.stdout.write(`${JSON.stringify({ seed, scenario, ...told }, null, 2)}\n`)
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function play(): Promise<Readonly<Record<string, unknown>>> {
  switch (scenario) {
    case 'kills': {
      const withEach = (place: Parameters<typeof killTheServer>[0]['place']) =>
        killTheServer({ place, seed, kills, onProgress })
      return {
        ...(database === 'postgres' ? {} : { pglite: await withEach({ kind: 'pglite' }) }),
        ...(database === 'pglite'
          ? {}
          : {
              postgres: await onPostgres(async (postgres) =>
                withEach({ kind: 'postgres', url: await postgres.createDatabase() }),
              ),
            }),
      }
    }
    case 'frozen':
      return onPostgres(async (postgres) => ({
        ...(await freezeAServer({ url: await postgres.createDatabase(), seed, times, onProgress })),
      }))
    case 'postgres':
      return onPostgres(async (postgres) => ({ ...(await killPostgres({ postgres, seed, times, onProgress })) }))
  }
}

async function onPostgres<Told>(work: (postgres: TestPostgres) => Promise<Told>): Promise<Told> {
  const postgres = await startPostgres()
  try {
    return await work(postgres)
  } finally {
    await postgres.stop()
  }
}
