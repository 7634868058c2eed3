/** Runs named tests of one file in a process of its own, and says of each how it went. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { literally } from './literally.ts'
import type { Failure, Reported } from './reporter.ts'

export interface TestRun {
  /** Where the files are. */
  readonly root: string
  readonly file: string
  /** Paths of the tests. All others of the file are left out. */
  readonly paths: readonly (readonly string[])[]
  readonly limitMs: number
  readonly environment: Readonly<Record<string, string>>
}

export type Ending =
  | { readonly kind: 'passed' }
  /** The test itself found something wrong. */
  | { readonly kind: 'failed'; readonly why: string }
  /** The process was ended at its limit, or nothing was left that could have answered. */
  | { readonly kind: 'never ended' }
  /** It did not come to the test, or the code could not even run: that proves nothing. */
  | { readonly kind: 'not tried'; readonly why: string }

export interface TestsRan {
  readonly tookMs: number
  of(path: readonly string[]): Ending
}

const reporter = import.meta.resolve('./reporter.ts')

export async function runTests({ root, file, paths, limitMs, environment }: TestRun): Promise<TestsRan> {
  const startedAt = performance.now()
  // A child of a test run would report to that one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const names = paths.map((path) => `--test-name-pattern=/^${literally(path.join(' '))}$/`)
  const flags = ['--test', '--test-isolation=none', `--test-reporter=${fileURLToPath(reporter)}`, ...names]
  const child = spawn(process.execPath, [...flags, file], {
    cwd: root,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // so that what it has started is ended with it
  })
  const endAll = () => killGroup(child.pid)
  process.once('exit', endAll)
  let timedOut = false
  let limit = setTimeout(() => {
    timedOut = true
    endAll()
  }, limitMs)
  const found = new Map<string, Reported>()
  createInterface(child.stdout).on('line', (line) => {
    if (!line.startsWith('{"path":')) return
    const reported = JSON.parse(line) as Reported // written by our own reporter
    found.set(nameOf(reported.path), reported)
    if (!paths.every((path) => found.has(nameOf(path)))) return
    // A test that failed half way may have left open what keeps its process from ending.
    clearTimeout(limit)
    limit = setTimeout(endAll, LEFT_OPEN_MS)
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await once(child, 'close')
  clearTimeout(limit)
  process.off('exit', endAll)
  const ending = (path: readonly string[]): Ending => {
    const own = found.get(nameOf(path))
    if (own !== undefined) return endingOf(own.failure)
    return timedOut ? { kind: 'never ended' } : { kind: 'not tried', why: `no such test ran. ${lastOf(errors)}`.trim() }
  }
  return { tookMs: performance.now() - startedAt, of: ending }
}

const nameOf = (path: readonly string[]): string => path.join('\n')
/** How long a process whose tests have all been told may take to end by itself. */
const LEFT_OPEN_MS = 2_000

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function endingOf(failure: Failure | undefined): Ending {
  if (failure === undefined) return { kind: 'passed' }
  const { type, name, code, message } = failure
  const why = `${type}, ${name} ${code}: ${message}`.replaceAll(/\s+/g, ' ').slice(0, 300)
  if (message.startsWith('Promise resolution is still pending')) return { kind: 'never ended' }
  if (type !== 'testCodeFailure' || cannotRun(name, code)) return { kind: 'not tried', why }
  return { kind: 'failed', why }
}

/** What a slip in the replacement text looks like: a name that is not there, a statement that the database cannot read. */
const cannotRun = (name: string, code: string): boolean =>
  name === 'SyntaxError' || name === 'ReferenceError' || (/^42...$/.test(code) && code !== '42501')

const lastOf = (text: string): string => text.trim().split('\n').slice(-3).join(' ').slice(-300)
