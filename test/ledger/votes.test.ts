import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { ledgerForSuite } from '../support/databases.ts'
import { LedgerWorld } from './ledger-world.ts'

describe('Two last votes at the same moment', () => {
  const database = ledgerForSuite('postgres')
  let world: LedgerWorld
  before(async () => {
    world = await LedgerWorld.open(database())
    for (const person of ['manager', 'legal'])
      await world.sql(
        "insert into sijil.people values ($1, $2, $2, $2, array[$2], sha256(convert_to($1 || $2, 'UTF8')))",
        [world.tenant, person],
      )
  })

  async function openTask(): Promise<string> {
    const id = randomUUID()
    const slots = ['manager', 'legal'].map((role) => ({ roles: [role], by: null }))
    const of = { key: 'ask', gate: 'ask', packet: '{}', digest: 'd', subject: 's', authorises: {}, slots }
    const body = { id, ...of, requester: 'requester', due_ms: null, escalated_from: null }
    await world.writer('w').commit(world.creating({ rare: [{ op: 'task.open', body }] }))
    return id
  }

  const vote = async (task: string, person: string): Promise<string> => {
    const text = "select sijil.decide_task($1, $2, $3, 'approve', 'd', '{}', null, 'test') ->> 'code' as code"
    const [row] = await database().transaction({ role: 'member', tenant: world.tenant }, (session) =>
      session.query<{ code: string }>({ name: '', text }, [world.tenant, task, person]),
    )
    return row?.code ?? 'no answer'
  }

  /** Until the server says that both wait for a lock: no guess about time. */
  async function untilBothWait(): Promise<void> {
    for (let turn = 0; turn < 10_000; turn += 1) {
      const rows = await world.sql(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%decide_task%'",
      )
      if (rows.length === 2) return
    }
    assert.fail('the votes were never both waiting')
  }

  test('are both counted, and the second decides', async () => {
    const task = await openTask()
    let votes: Promise<readonly string[]> = Promise.resolve([])
    await database().transaction({ role: 'owner' }, async (session) => {
      await session.query({ name: '', text: 'select from sijil.tasks where id = $1 for update' }, [task])
      votes = Promise.all(['manager', 'legal'].map((person) => vote(task, person)))
      await untilBothWait()
    })
    assert.deepEqual((await votes).toSorted(), ['COUNTED', 'DECIDED'])
    const [row] = await world.sql('select state from sijil.tasks where id = $1', [task])
    assert.deepEqual(row, { state: 'approved' })
  })
})
