/** `sijil run move` as an operator types it: a process of its own, before a server that runs, and a cluster that may be away. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { end, until } from '../../scripts/start/process-output.ts'
import { sampleApplication } from '../../scripts/start/sample.ts'
import { type DevServer, startDevServer } from '../../scripts/temporal/dev-server.ts'
import { Deal } from '../end-to-end/deal.ts'

const RunView = z.looseObject({
  engine: z.string(),
  outcome: z.string().nullable(),
  records: z.array(z.looseObject({ name: z.string() })),
  tasks: z.array(z.looseObject({ id: z.string(), state: z.string(), digest: z.string() })),
})
const Health = z.looseObject({ temporal: z.looseObject({ state: z.string(), untoldRuns: z.int() }) })
const Moved = z.strictObject({
  moved: z.int(),
  left: z.int(),
  busy: z.array(z.string()),
  refused: z.array(z.unknown()),
})
const Failed = z.looseObject({ code: z.int(), stderr: z.string() })

suite('Runs are moved by command', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sijil-temporal-'))
  const file = join(folder, 'server.db')
  let server: DevServer
  let deal: Deal
  before(async () => {
    server = await startDevServer({ file })
    deal = await Deal.open({ SIJIL_TEMPORAL_ADDRESS: server.address })
  })
  after(async () => {
    await deal.close()
    await end(server.child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  const move = (...words: readonly string[]) =>
    deal.command('run', 'move', ...words, '--why', 'a test', '--as', 'yousef')
  const viewOf = async (run: string) => RunView.parse(await deal.people.ask('noura', 'GET', `/runs/${run}`))
  const engineOf = async (run: string) => (await viewOf(run)).engine
  const decisionsOf = async (run: string, gate: string) =>
    (await viewOf(run)).records.filter(({ name }) => name === gate).length
  /** As an integration does, without waiting until the run rests: one that nobody has taken up yet does not. */
  async function approve(run: string, person: string): Promise<void> {
    const open = (await viewOf(run)).tasks.find(({ state }) => state === 'open')
    await deal.people.ask(person, 'POST', `/tasks/${open?.id}/decisions`, {
      verdict: 'approve',
      digest: open?.digest,
      value: {},
    })
  }
  const start = (key: string) => deal.people.startSample(key, { ...sampleApplication, company: `شركة ${key}` })
  async function assertNothingTwice(run: string): Promise<void> {
    const keys = (await deal.acts()).flatMap(({ key, vendor, action }) =>
      key?.startsWith(run) === true ? [`${vendor} ${action} ${key}`] : [],
    )
    assert.deepEqual(keys.toSorted(), [...new Set(keys)].toSorted())
  }

  test('there and back, from the application to the welcome', async () => {
    const run = await start('there-and-back')
    await deal.standing(run, 'Review the application')
    assert.equal(await engineOf(run), 'local')
    await move(run, '--to', 'temporal')
    assert.equal(await engineOf(run), 'temporal')
    await deal.decide(run, 'Review the application', { verdict: 'approve' })
    await deal.decide(run, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(run, 'Answer of the partner')
    await move(run, '--to', 'local')
    await deal.answer({ form: '0' })
    await deal.standing(run, 'Approval of the agreed terms')
    await move(run, '--to', 'temporal')
    await deal.decide(run, 'Approval of the agreed terms', { verdict: 'approve' })
    await deal.standing(run, 'Agreement signed by all')
    await deal.sign()
    await deal.standing(run, 'completed')
    assert.equal(await engineOf(run), 'temporal')
    await assertNothingTwice(run)
  })

  test('a run that is there, or over, is not moved, and the command says so', async () => {
    const run = await start('refused')
    await deal.standing(run, 'Review the application')
    const there = Failed.parse(await failureOf(move(run, '--to', 'local')))
    assert.match(there.stderr, /ALREADY_THERE/)
    await deal.decide(run, 'Review the application', { verdict: 'reject', comments: 'no' })
    await deal.standing(run, 'rejected')
    const over = Failed.parse(await failureOf(move(run, '--to', 'temporal')))
    assert.match(over.stderr, /RUN_ENDED/)
    assert.ok(there.code > 0 && over.code > 0)
  })

  test('while the cluster is away a move is kept in the ledger: the run goes on when it is back, or at once where it is moved to', async () => {
    const going = await start('going')
    const coming = await start('coming')
    for (const run of [going, coming]) await deal.standing(run, 'Review the application')
    await move(coming, '--to', 'temporal')
    await deal.decide(coming, 'Review the application', { verdict: 'approve' })
    await deal.standing(coming, 'Legal review of the terms')
    await end(server.child, 'SIGKILL')

    await move(going, '--to', 'temporal')
    await approve(going, 'faisal')
    await move(coming, '--to', 'local')
    await deal.decide(coming, 'Legal review of the terms', { verdict: 'approve' })
    await deal.standing(coming, 'Answer of the partner')
    await until(async () => ((await untold()) > 0 ? true : undefined), { what: 'health tells of a run that waits' })
    assert.equal(await engineOf(going), 'temporal')
    assert.equal(await decisionsOf(going, 'managerReview'), 0, 'nobody has taken the decision up yet')

    server = await startDevServer({ file, port: Number(new URL(`http://${server.address}`).port) })
    await deal.standing(going, 'Legal review of the terms')
    assert.equal(await decisionsOf(going, 'managerReview'), 1)
    assert.deepEqual([await engineOf(going), await engineOf(coming)], ['temporal', 'local'])
    for (const run of [going, coming]) await assertNothingTwice(run)
  })

  const untold = async () => Health.parse(await deal.people.ask('noura', 'GET', '/health')).temporal.untoldRuns

  test('all at once', async () => {
    const [one, other] = [await start('one-of-all'), await start('other-of-all')]
    for (const run of [one, other]) await deal.standing(run, 'Review the application')
    const moved = Moved.parse(JSON.parse(await move('--all', '--to', 'temporal', '--json')))
    assert.ok(moved.moved >= 2)
    assert.deepEqual({ ...moved, moved: 0 }, { moved: 0, left: 0, busy: [], refused: [] })
    assert.deepEqual([await engineOf(one), await engineOf(other)], ['temporal', 'temporal'])
    await deal.decide(one, 'Review the application', { verdict: 'approve' })
    await deal.standing(one, 'Legal review of the terms')
  })
})

async function failureOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    await asked
  } catch (error) {
    return error
  }
  return assert.fail('it was done')
}
