/** Takes every guard out in turn and sees whether the test that it names goes red. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Guard, titleOf } from './guard.ts'
import { type Ending, runTests } from './run-tests.ts'
import { misplaced } from './take-out.ts'
import { type WorkCopy, workCopy } from './work-copy.ts'

export interface TryGuards {
  readonly root: string
  readonly guards: readonly Guard[]
  /** How many are tried at once, each in a copy of its own. */
  readonly jobs: number
  /** What the tests of one job need, such as a database server. */
  readonly openWorld: () => Promise<JobWorld>
  readonly onProgress?: (progress: Progress) => void
  /** After how long a test has no answer any more, beyond twice what it takes with its guard. Default 5 s. */
  readonly silenceMs?: number
}
export interface JobWorld {
  readonly environment: Readonly<Record<string, string>>
  /** After each file that was run. */
  tidy(): Promise<void>
  close(): Promise<void>
}
export interface Progress {
  readonly done: number
  readonly of: number
  readonly what: string
}

export interface Tried {
  readonly guard: Guard
  /** GREEN: nobody missed the guard. untried: it could not be told. */
  readonly verdict: 'red' | 'GREEN' | 'untried'
  readonly why: string
  readonly tookMs: number
}

interface Whole {
  readonly ending: Ending
  readonly tookMs: number
}

/**
 * First every named test with nothing taken out, where all must pass; then each guard. Throws a `RangeError` that names the
 * guards which do not stand in the code exactly once; then nothing was run.
 */
export async function tryGuards({ silenceMs = SILENCE_MS, ...all }: TryGuards): Promise<readonly Tried[]> {
  const { root, guards, jobs, openWorld, onProgress } = all
  const moved = misplaced(guards, (path) => readFileSync(join(root, path), 'utf8'))
  if (moved.length > 0) throw new RangeError(moved.join('\n'))
  const files = [...Map.groupBy(guards, ({ red }) => red.file)]
  const of = files.length + guards.length
  let done = 0
  const tell = (what: string): void => onProgress?.({ done: (done += 1), of, what })
  const whole = new Map<Guard, Whole>()
  const tried = new Map<Guard, Tried>()

  const stages = [
    files.map(([file, named]) => async (copy: WorkCopy, environment: JobWorld['environment']) => {
      const paths = named.map(({ red }) => red.path)
      const once = () => runTests({ root: copy.root, file, paths, limitMs: WHOLE_FILE_MS, environment })
      const first = await once()
      const ran = paths.every((path) => first.of(path).kind === 'passed') ? first : await once()
      for (const guard of named) whole.set(guard, { ending: ran.of(guard.red.path), tookMs: ran.tookMs })
      tell(file)
    }),
    guards.map((guard) => async (copy: WorkCopy, environment: JobWorld['environment']) => {
      const limitsMs = { failure: LIMIT_MS, 'never ends': silenceMs }
      tried.set(guard, await tryOne(guard, whole.get(guard), copy, environment, limitsMs[guard.redBy]))
      tell(guard.name)
    }),
  ]
  await inJobs(jobs, root, openWorld, stages)
  return guards.flatMap((guard) => tried.get(guard) ?? [])
}

type Piece = (copy: WorkCopy, environment: JobWorld['environment']) => Promise<void>

/** One stage after the other; within a stage each job takes the next piece when it is free. */
async function inJobs(
  jobs: number,
  root: string,
  openWorld: TryGuards['openWorld'],
  stages: readonly (readonly Piece[])[],
): Promise<void> {
  const opened = await Promise.all(Array.from({ length: jobs }, openWorld))
  const copies = opened.map(() => workCopy(root))
  try {
    for (const pieces of stages) {
      const next = pieces.values()
      await Promise.all(
        opened.map(async (world, job) => {
          const copy = copies[job]
          if (copy === undefined) return
          for (const piece of next) {
            await piece(copy, { ...world.environment, TMPDIR: copy.temporary })
            await world.tidy()
          }
        }),
      )
    }
  } finally {
    for (const copy of copies) copy[Symbol.dispose]()
    await Promise.all(opened.map((world) => world.close()))
  }
}

async function tryOne(
  guard: Guard,
  whole: Whole | undefined,
  copy: WorkCopy,
  environment: JobWorld['environment'],
  patienceMs: number,
): Promise<Tried> {
  if (whole?.ending.kind !== 'passed') {
    const why = whole === undefined ? 'was not run' : said(whole.ending)
    return { guard, verdict: 'untried', why: `with the guard in place the test ${why}`, tookMs: 0 }
  }
  const { file, path } = guard.red
  const limitMs = patienceMs + 2 * whole.tookMs
  const once = async (): Promise<Tried> => {
    const ran = await runTests({ root: copy.root, file, paths: [path], limitMs, environment })
    const ending = ran.of(path)
    return { guard, verdict: verdictOf(guard, ending), why: said(ending), tookMs: ran.tookMs }
  }
  return copy.without(guard, async () => {
    const tried = await once()
    // A machine that stood still for a while says nothing about a guard.
    return tried.verdict === 'untried' ? once() : tried
  })
}

function verdictOf({ redBy }: Guard, { kind }: Ending): Tried['verdict'] {
  switch (kind) {
    case 'passed':
      return 'GREEN'
    case 'failed':
      return 'red'
    case 'never ended':
      return redBy === 'never ends' ? 'red' : 'untried'
    case 'not tried':
      return 'untried'
  }
}

const said = (ending: Ending): string => ('why' in ending ? `${ending.kind}: ${ending.why}` : ending.kind)

/** What a file may take with nothing taken out. */
const WHOLE_FILE_MS = 300_000
/** What a test may take without its guard, beyond twice what its file takes with it. */
const LIMIT_MS = 20_000
const SILENCE_MS = 5_000

/** One line for each guard: whether a test missed it, after how long, its name, what it keeps, and the test. */
export function tableOf(tried: readonly Tried[]): string {
  const rows = tried.map(({ guard, verdict, tookMs }) => [
    verdict,
    `${(tookMs / 1_000).toFixed(1)} s`,
    guard.name,
    guard.keeps.join(', '),
    titleOf(guard.red),
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}
