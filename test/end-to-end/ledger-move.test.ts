/** A deal whose ledger moves to a Postgres and back while it waits: by the command line, with real servers before and after. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { z } from 'zod'
import { until } from '../../scripts/start/process-output.ts'
import { openDatabase } from '../../src/ledger/database/open-database.ts'
import { readWhereabouts } from '../../src/ledger/database/whereabouts.ts'
import { MOVER } from '../../src/ledger/move/hold-still.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { Deal } from './deal.ts'

const Moved = z.looseObject({ outcome: z.string(), rows: z.int(), settings: z.record(z.string(), z.string()) })
const Verified = z.looseObject({ findings: z.array(z.unknown()) })
/** Whether a move has marked its target. */
async function hasBegun(url: string): Promise<boolean> {
  const database = await openDatabase({ url, applicationName: MOVER })
  try {
    return (await database.transaction({ role: 'owner' }, readWhereabouts)) !== undefined
  } finally {
    await database.close()
  }
}

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

test('a deal goes on where its ledger was moved to, and back, and a mover that is killed is repeated', {
  timeout: 300_000,
}, async () => {
  const deal = await Deal.open()
  const environment = (settings: Readonly<Record<string, string>>) => ({ ...process.env, ...settings })
  const sijil = (settings: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
      env: environment(settings),
      encoding: 'utf8',
    })
    return { status, stdout, stderr }
  }
  const move = (settings: Readonly<Record<string, string>>, to: string) => {
    const { status, stdout, stderr } = sijil(settings, 'db', 'move', '--to', to, '--json')
    assert.equal(status, 0, stderr)
    return Moved.parse(JSON.parse(stdout))
  }
  try {
    const data = join(deal.home, 'data')
    const first = { SIJIL_DATA: data }
    const url = await createTestDatabase()
    const run = await deal.people.startSample('moves')
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.standing(run, 'Legal review of the terms')
    const busy = sijil(first, 'db', 'move', '--to', url)
    assert.deepEqual([busy.status, /DATA_DIRECTORY_IN_USE|held by process/.test(busy.stderr)], [5, true], busy.stderr)
    await deal.stop()

    // Killed somewhere on its way; what it leaves is for the next one.
    const killed = spawn(process.execPath, [main, 'db', 'move', '--to', url], {
      env: environment(first),
      stdio: 'ignore',
    })
    const gone = new Promise((resolve) => killed.once('exit', resolve))
    await until(async () => ((await hasBegun(url)) || killed.exitCode !== null ? true : undefined), {
      what: 'the move has begun',
      everyMs: 10,
    })
    killed.kill('SIGKILL')
    await gone
    const there = move(first, url)
    assert.equal(there.settings['DATABASE_URL'], url)

    const refused = sijil({ ...first, LANG: 'ar_SA.UTF-8' }, 'db', 'verify')
    assert.deepEqual([refused.status, /LEDGER_MOVED/.test(refused.stderr)], [5, true], refused.stderr)
    assert.match(refused.stderr, /نُقل هذا السجل إلى/)
    const served = sijil({ ...first, SIJIL_PORT: '0' }, 'serve')
    assert.deepEqual([served.status, /LEDGER_MOVED/.test(served.stderr)], [5, true], served.stderr)

    await deal.start(there.settings)
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    const connected = sijil(there.settings, 'db', 'move', '--to', join(deal.home, 'back'))
    assert.deepEqual([connected.status, /LEDGER_IN_USE/.test(connected.stderr)], [5, true], connected.stderr)
    await deal.stop()

    const back = move(there.settings, join(deal.home, 'back'))
    assert.ok(existsSync(join(deal.home, 'back', 'heads.ndjson')), 'the heads went along')
    await deal.start({ DATABASE_URL: '', ...back.settings })
    await deal.answer({ form: '0' })
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.sign()
    await deal.standing(run, 'completed')
    const acts = (await deal.acts()).flatMap(({ vendor, action, key }) =>
      key === undefined ? [] : [`${vendor} ${action} ${key}`],
    )
    assert.deepEqual(acts.toSorted(), [...new Set(acts)].toSorted(), 'nothing was done twice')
    await deal.stop()
    const verified = sijil(back.settings, 'db', 'verify', '--json')
    assert.deepEqual(Verified.parse(JSON.parse(verified.stdout)).findings, [])
  } finally {
    await deal.close()
  }
})
