/**
 * `npm run sim -- --seed N --runs N [--jobs N]` lives so many seeds, beginning with the given one. A seed that fails is made as small
 * as it still fails, and shown. `--trace` shows one seed and its digest; `--without`, `--requests` and `--until` make it smaller.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { liveOne, type Result, whole } from './block.ts'
import { faultKinds } from './faults.ts'
import { commandOf, shrink } from './shrink.ts'
import { Totals } from './totals.ts'

/** A ledger is opened for so many seeds: opening it takes as long as living some of them. */
const BLOCK = 50

const count = z.coerce.number().int()
const options = z
  .object({
    seed: count.nonnegative().default(1),
    runs: count.positive().default(100),
    jobs: count.positive().default(1),
    trace: z.boolean().default(false),
    without: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(faultKinds)))
      .default([]),
    requests: count.positive().default(whole.runsMax),
    until: count.nonnegative().default(whole.limits.until),
  })
  .parse(
    parseArgs({
      options: {
        seed: { type: 'string' },
        runs: { type: 'string' },
        jobs: { type: 'string' },
        trace: { type: 'boolean' },
        without: { type: 'string' },
        requests: { type: 'string' },
        until: { type: 'string' },
      },
    }).values,
  )

async function show(): Promise<number> {
  const { seed, without, until, requests } = options
  const { trace, problems } = await liveOne(seed, { limits: { without, until }, runsMax: requests, isDeep: true })
  process.stdout.write(`${trace.lines.join('\n')}\n\nseed ${seed}, digest ${trace.digest}\n`)
  for (const problem of problems) process.stdout.write(`WRONG: ${problem}\n`)
  return problems.length === 0 ? 0 : 1
}

async function liveAll(): Promise<number> {
  const began = performance.now()
  const totals = new Totals()
  const failed: Result[] = []
  let next = options.seed
  const end = options.seed + options.runs
  const take = async (child: ChildProcess): Promise<void> => {
    while (next < end) {
      const block = { first: next, count: Math.min(BLOCK, end - next) }
      next += block.count
      for (let left = block; left.count > 0; ) {
        const results = await answered(child, left)
        for (const result of results) totals.add(result)
        failed.push(...results.filter(({ problems }) => problems.length > 0))
        totals.progress(options.runs, failed.length, performance.now() - began)
        left = { first: left.first + results.length, count: left.count - results.length }
      }
    }
    child.disconnect()
  }
  await Promise.all(
    Array.from({ length: options.jobs }, () => take(fork(new URL('./block-process.ts', import.meta.url)))),
  )
  process.stderr.write('\n')
  process.stdout.write(totals.summary(options.seed, failed.length, performance.now() - began))
  for (const { seed, problems } of failed.slice(0, SHOWN_MAX)) await tell(seed, problems)
  return failed.length === 0 ? 0 : 1
}

const SHOWN_MAX = 5

const answered = (child: ChildProcess, block: { first: number; count: number }): Promise<readonly Result[]> =>
  new Promise((resolve, reject) => {
    child.once('exit', reject)
    child.once('message', (results) => {
      child.off('exit', reject)
      resolve(results as unknown as readonly Result[]) // sent by block-process.ts, which is ours
    })
    child.send(block)
  })

async function tell(seed: number, problems: readonly string[]): Promise<void> {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  process.stdout.write(`\nseed ${seed} failed at commit ${commit}\n${problems.map((text) => `  ${text}\n`).join('')}`)
  const smallest = await shrink(seed)
  if (smallest === undefined) {
    process.stdout.write('  It does not fail alone: one seed leaves something behind that another meets.\n')
    return
  }
  const { course, result } = smallest
  process.stdout.write(
    `${result.trace.lines.join('\n')}\n${result.problems.map((text) => `WRONG: ${text}\n`).join('')}`,
  )
  process.stdout.write(`${commandOf(seed, course)}\n`)
}

process.exitCode = options.trace ? await show() : await liveAll()
