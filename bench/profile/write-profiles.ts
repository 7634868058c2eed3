import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { machineNow } from '../report/results.ts'
import type { Case } from '../scenarios/scenario.ts'
import { CpuProfile, framesOf } from './cpu-profile.ts'
import { flameGraph } from './flame-graph.ts'
import { topTable } from './top.ts'

export interface ProfileStart {
  readonly database: Case['database']
  readonly runs: number
  /** Where V8's own profile is written. */
  readonly file: string
}

const databases = { pglite: 'PGlite', postgres: 'Postgres' } as const

/** Profiles three-step runs on both databases: a flame graph each, and one page with the functions that took the most. */
export async function writeProfiles(isQuick: boolean): Promise<void> {
  const parts: string[] = []
  for (const database of ['pglite', 'postgres'] as const) {
    process.stderr.write(`profile, ${databases[database]} …\n`)
    const frames = framesOf(await profileOf(database, isQuick ? 500 : 20_000))
    const title = `Three-step runs at 50 concurrent on ${databases[database]}, travelling: the thread of the engine`
    if (!isQuick) writeFileSync(new URL(`./three-steps-${database}.svg`, import.meta.url), flameGraph(frames, title))
    parts.push(`## ${databases[database]}`, `![${title}](three-steps-${database}.svg)`, topTable(frames))
  }
  const page = [HEAD, `${new Date().toISOString().slice(0, 10)}, ${machineNow()}`, ...parts].join('\n\n')
  process.stdout.write(`${page}\n`)
  if (!isQuick) writeFileSync(new URL('./README.md', import.meta.url), `${page}\n`)
}

const HEAD = `# Where the time goes

Made by \`npm run bench -- --profile\`: three-step runs at 50 concurrent, everything switched on, sampled every half millisecond
in the thread of the engine, which seals as well. On PGlite the database works in a thread of its own, on Postgres in processes of
its own: neither is seen here. The share of a function is its own time, without that of what it calls; \`(program)\` and \`(idle)\`
are V8's words for native work and for waiting. While another process has the processor, the function that waits for it is charged:
on a busy machine that is most often the one that wakes another thread. Click a graph to hover over it.`

const file = fileURLToPath(new URL('../profile-process.ts', import.meta.url))

async function profileOf(database: Case['database'], runs: number): Promise<CpuProfile> {
  const directory = mkdtempSync(join(tmpdir(), 'sijil-profile-'))
  try {
    const start: ProfileStart = { database, runs, file: join(directory, 'cpuprofile') }
    const child = fork(file, [JSON.stringify(start)])
    await once(child, 'exit')
    if (child.exitCode !== 0) throw new Error(`the profiled process ended with ${child.exitCode}`)
    return CpuProfile.parse(JSON.parse(readFileSync(start.file, 'utf8')))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
