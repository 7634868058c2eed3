import type { Database, Session, Statement } from '../database/database.ts'
import type { EffectView } from './run-view.ts'
import { parsed, type Texts } from './stored-text.ts'

const columns = `e.run, e.key, e.step, e.of, e.action, e.subject, e.undoable, e.input, e.state, e.generation, e.attempt,
    e.deadline_ms as "deadlineAt", e.retry_ms as "retryAt", e.held, e.problem, e.started_seq as "startedSeq", e.started_ms as "startedAt"`

const ofRun: Statement = {
  name: 'reading.effects_of_run',
  text: `select ${columns} from sijil.effects e where e.tenant = $1 and e.run = $2 order by e.started_seq`,
}
const unsettled: Statement = {
  name: 'reading.unsettled_effects',
  text: `select ${columns} from sijil.effects e
    where e.tenant = $1 and e.state in ('in_doubt', 'parked')
    order by e.started_ms, e.run, e.key`,
}

type EffectText = Texts<EffectView, 'input'>
const viewOf = (row: EffectText): EffectView => ({ ...row, input: parsed(row.input) })

export async function effectsOfRun(session: Session, tenant: string, run: string): Promise<readonly EffectView[]> {
  return (await session.query<EffectText>(ofRun, [tenant, run])).map(viewOf)
}

/** The effects of a tenant that wait for a person, oldest first: in doubt, or an undo that was parked. */
export async function listUnsettledEffects(database: Database, tenant: string): Promise<readonly EffectView[]> {
  const rows = await database.transaction({ role: 'member', tenant }, (session) =>
    session.query<EffectText>(unsettled, [tenant]),
  )
  return rows.map(viewOf)
}
