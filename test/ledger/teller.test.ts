/** Who tells Temporal that something came for a run, beside a cluster that answers when the test says so. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Cluster } from '../../src/engine/temporal/cluster.ts'
import { startTeller } from '../../src/engine/temporal/teller.ts'
import type { RunPatch } from '../../src/ledger/patch.ts'
import { ledgerForSuite } from '../support/databases.ts'
import { LedgerWorld, NOW } from './ledger-world.ts'

/** Longer than any test: nothing is told because time has passed. */
const NEVER_MS = 600_000

interface Told {
  readonly workflowId: string
  readonly answer: (error?: Error) => void
}

/** A cluster that is told of new runs. */
function slowCluster() {
  const waiting: Told[] = []
  const heard = new Set<() => void>()
  const start = (_type: string, { workflowId }: { readonly workflowId: string }): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ workflowId, answer: (error) => (error === undefined ? resolve() : reject(error)) })
      for (const hear of heard) hear()
    })
  // Nothing else of a cluster is asked for a new run.
  const cluster = { client: { workflow: { start } }, isSearchable: false, learn: async () => {} } as unknown as Cluster
  const told = async (run: string): Promise<Told> => {
    for (;;) {
      const one = waiting.find(({ workflowId }) => workflowId === `${run}.1`)
      if (one !== undefined) return one
      await new Promise<void>((resolve) => heard.add(resolve))
    }
  }
  return { cluster, told }
}

describe('Telling Temporal', () => {
  const database = ledgerForSuite('pglite')
  let world: LedgerWorld
  before(async () => {
    world = await LedgerWorld.open(database())
  })

  async function begun(): Promise<string> {
    const created = world.creating({ next: { status: 'ready', due: NOW } })
    const create = { ...created.create, engine: 'temporal' } as RunPatch['create']
    assert.deepEqual(await world.writer('first').commit({ ...created, create }), { kind: 'written' })
    return created.run
  }

  function telling(cluster: Cluster) {
    const troubles: unknown[] = []
    const teller = startTeller({
      database: database(),
      loadable: ['deal@1'],
      taskQueue: 'test',
      cluster: async () => cluster,
      within: (_run, tell) => tell(),
      onTrouble: (error) => troubles.push(error),
      lookEveryMs: NEVER_MS,
      patienceMs: NEVER_MS,
      graceMs: NEVER_MS,
    })
    return { teller, troubles }
  }

  test('of one run does not wait for what it answers about another', { timeout: 20_000 }, async () => {
    const { cluster, told } = slowCluster()
    const { teller } = telling(cluster)
    const first = await begun()
    teller.wake(first)
    const unanswered = await told(first)
    const second = await begun()
    teller.wake(second)
    const answered = await told(second)
    answered.answer()
    unanswered.answer()
    await teller.stop()
  })

  test('stops when it has answered, and a run that it was not told of is due again', { timeout: 20_000 }, async () => {
    const { cluster, told } = slowCluster()
    const { teller, troubles } = telling(cluster)
    const run = await begun()
    teller.wake(run)
    const asked = await told(run)
    assert.equal((await world.run(run)).status, 'running')
    let isStopped = false
    const stopping = teller.stop().then(() => {
      isStopped = true
    })
    await world.run(run)
    assert.equal(isStopped, false)
    asked.answer(new Error('it is away'))
    await stopping
    assert.equal((await world.run(run)).status, 'ready')
    assert.equal(teller.isUp, false)
    assert.equal(troubles.length, 1)
  })
})
