/**
 * Shows that every rule and invariant of ARCHITECTURE.md has a test that goes red when its guard is removed:
 *
 *   npm run test:guards                    all of them
 *   npm run test:guards -- --only lease    those whose name holds the word; may be given several times
 *   npm run test:guards -- --jobs 4        so many at once; default 2
 */
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { root } from '../house/repository.ts'
import { sharedUrlVariable, startPostgres } from '../support/postgres.ts'
import { readGuards } from './guard.ts'
import { type JobWorld, type Progress, tableOf, tryGuards } from './try-guards.ts'

const BAR_WIDTH = 30
const MEMORY = '/dev/shm'
/** In a container it may be far smaller. */
const MEMORY_BYTES_MIN = 2 ** 31

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [''] }, jobs: { type: 'string', default: '2' } },
})
const guards = readGuards(join(import.meta.dirname, 'removed')).filter(({ name }) =>
  values.only.some((word) => name.includes(word)),
)
if (guards.length === 0) throw new RangeError(`no guard has a name with "${values.only.join('" or "')}" in it`)
const jobs = Math.min(Math.max(1, Number.parseInt(values.jobs, 10) || 1), guards.length)

// Where the machine has a file system in memory, all that is made here is made there: databases come and go by the hundred.
if (roomIn(MEMORY) > MEMORY_BYTES_MIN) process.env['TMPDIR'] = MEMORY

/** A server for each job: what a guard-less test does to the roles of a server must not meet another. */
const openWorld = async (): Promise<JobWorld> => {
  const server = await startPostgres()
  const environment = { [sharedUrlVariable]: server.url }
  return { environment, tidy: () => server.dropDatabases(), close: () => server.stop() }
}

const startedAt = performance.now()
const tried = await tryGuards({ root, guards, jobs, openWorld, onProgress })
const wrong = tried.filter(({ verdict }) => verdict !== 'red')
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)

process.stdout.write(`${tableOf(tried)}\n`)
for (const { guard, verdict, why } of wrong)
  process.stdout.write(`\n${guard.name} is ${verdict}: ${why}\n  ${guard.guard}\n`)
process.stdout.write(
  `\n${tried.length} guards taken out in ${minutes} min: ${tried.length - wrong.length} red, ${wrong.length} not\n`,
)
process.exitCode = wrong.length === 0 ? 0 : 1

function roomIn(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return 0
  }
}

function onProgress({ done, of, what }: Progress): void {
  const full = Math.round((done / of) * BAR_WIDTH)
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${done}/${of} ${what}`
  process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${bar}${done === of ? '\n' : ''}` : `${bar}\n`)
}
