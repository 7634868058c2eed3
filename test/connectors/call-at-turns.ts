/**
 * One of several processes that call one vendor through the facade, on one ledger. Makes so many calls, and comes back with
 * each that was held back when it is told to. Each call tells the vendor who makes it and when it began, by the clock of the machine.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { DEFAULT_LIMITS } from '../../src/connectors/facade/call-limits.ts'
import { Facade } from '../../src/connectors/facade/facade.ts'
import { ConnectorMetrics } from '../../src/connectors/metrics.ts'
import { EffectHeldBack } from '../../src/flow/failure.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { CallerTask } from './caller-task.ts'

const { name, ledger, vendor, rate, calls } = CallerTask.parse(JSON.parse(process.argv[2] ?? ''))
const database = await openDatabase({ url: ledger })
const facade = new Facade({ database, metrics: new ConnectorMetrics(), limitsOf: () => DEFAULT_LIMITS })
const of = { account: { tenant: '', connector: 'vendor', account: 'shared' }, operation: 'send', rate }

async function call(): Promise<void> {
  const began = String(process.hrtime.bigint())
  const answer = await fetch(vendor, { method: 'POST', headers: { 'x-caller': name, 'x-began': began } })
  await answer.text()
}

async function callWhenLet(): Promise<void> {
  for (;;) {
    const scope = { mode: 'make', tenant: 'demo', now: 0, deadline: 60_000 } as const
    try {
      return await facade.through(of, scope, call)
    } catch (error) {
      if (!(error instanceof EffectHeldBack)) throw error
      await pause(error.retryAfterMs)
    }
  }
}

await Promise.all(Array.from({ length: calls }, callWhenLet))
await database.close()
