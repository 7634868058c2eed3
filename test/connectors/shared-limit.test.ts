/**
 * One limit in several processes of the operating system, one of which is killed while it works. The record is kept outside of
 * them: by a vendor in this process, who is told with each call when it began. That is by the machine's clock that nobody sets, so the
 * moments of several processes compare. Only windows are judged, never how fast it went.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { migrate } from '../../src/ledger/migrate.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { CalledVendor } from './called-vendor.ts'
import type { CallerTask } from './caller-task.ts'

const program = fileURLToPath(new URL('./call-at-turns.ts', import.meta.url))
const RATE = { calls: 20, perMs: 1_000 }
/** A process takes its turns this long beforehand at most (`HORIZON_MS` of the turn-taker): so much can be lost with it. */
const LOST_MS_MAX = 500
const CALLS = 30
const KILLED_AT = 12
/** More than it can make before it is killed. */
const UNENDING = 400

test('several processes on one ledger keep one limit, and none waits for what a killed one had taken', async (t) => {
  const ledger = await createTestDatabase()
  const database = await openDatabase({ url: ledger })
  t.after(() => database.close())
  await migrate(database)
  const vendor = await CalledVendor.listen()
  t.after(() => vendor.close())
  const started: ChildProcess[] = []
  t.after(() => started.forEach((child) => child.kill('SIGKILL')))
  const start = (name: string, calls: number): Promise<unknown> => {
    const task: CallerTask = { name, ledger, vendor: vendor.url, rate: RATE, calls }
    const child = spawn(process.execPath, [program, JSON.stringify(task)], { stdio: ['ignore', 'inherit', 'inherit'] })
    started.push(child)
    return once(child, 'exit')
  }

  const survivors = ['one', 'other', 'third']
  const ended = survivors.map((name) => start(name, CALLS))
  const killed = start('killed', UNENDING)
  await vendor.reached('killed', KILLED_AT)
  started.at(-1)?.kill('SIGKILL')
  assert.deepEqual(await killed, [null, 'SIGKILL'])
  const [row] = await database.engine.query<{ readonly ahead: number }>({
    name: '',
    text: 'select (turns[cardinality(turns)] - sijil.now_ms())::float8 as ahead from sijil.rate_limits',
  })
  assert.ok(row !== undefined && row.ahead <= LOST_MS_MAX, `the last turn is ${row?.ahead} ms ahead`)
  survivors.push('successor')
  ended.push(start('successor', CALLS / 2))

  assert.deepEqual(
    await Promise.all(ended),
    ended.map(() => [0, null]),
  )
  assert.deepEqual(
    survivors.map((name) => vendor.of(name).length),
    [CALLS, CALLS, CALLS, CALLS / 2],
  )
  assert.ok(vendor.of('killed').length < UNENDING)
  keepsTheLimit(vendor.calls.map(({ beganMs }) => beganMs))
})

function keepsTheLimit(began: readonly number[]): void {
  const inOrder = began.toSorted((one, next) => one - next)
  for (const [place, at] of inOrder.entries()) {
    const before = inOrder[place - RATE.calls]
    const spanMs = at - (before ?? -Infinity)
    assert.ok(spanMs >= RATE.perMs, `${RATE.calls + 1} calls began within ${spanMs} ms`)
  }
}
