import { textArray } from '../database/binary-array.ts'
import type { Session, Statement } from '../database/database.ts'
import type { DecisionView, TaskRow } from './run-view.ts'
import { parsed, type Texts } from './stored-text.ts'

const columns = `t.id, t.kind, t.run, r.workflow, r.version, t.key, t.gate, t.state, t.packet, t.digest, t.subject, t.authorises, t.slots,
    t.requester, t.opened_ms as "openedAt", t.due_ms as "dueAt", t.decided_ms as "decidedAt", t.escalated_from as "escalatedFrom",
    coalesce((select json_agg(json_build_object('person', d.person, 'verdict', d.verdict, 'value', d.value, 'comments', d.comments,
        'source', d.source, 'at', d.at_ms) order by d.at_ms, d.person)
      from sijil.decisions d where d.tenant = t.tenant and d.task = t.id), '[]') as decisions
  from sijil.tasks t join sijil.runs r on r.tenant = t.tenant and r.id = t.run`

const ofRun: Statement = {
  name: 'reading.tasks_of_run',
  text: `select ${columns} where t.tenant = $1 and t.run = $2 order by t.opened_ms, t.id`,
}
const one: Statement = {
  name: 'reading.task',
  text: `select ${columns} where t.tenant = $1 and t.id = $2`,
}
/** $2: open ones (true), others (false), or all (null). $4: only those in which one of these roles is still wanted. */
const page: Statement = {
  name: 'reading.tasks',
  text: `select ${columns}
    where t.tenant = $1 and ($2::boolean is null or (t.state = 'open') = $2) and ($3::uuid is null or t.run = $3)
      and ($4::text[] is null or exists (
        select from jsonb_array_elements(t.slots) s (slot)
          where slot ->> 'by' is null and exists (select from jsonb_array_elements_text(slot -> 'roles') w (role) where role = any ($4::text[]))))
      and ($5::bigint is null or (t.opened_ms, t.id) < ($5::bigint, $6::uuid))
    order by t.opened_ms desc, t.id desc limit $7`,
}

type TaskText = Texts<Omit<TaskRow, 'decisions'>, 'packet'> & {
  readonly decisions: readonly Texts<DecisionView, 'value'>[]
}
const rowOf = (row: TaskText): TaskRow => ({
  ...row,
  packet: parsed(row.packet),
  decisions: row.decisions.map((decision) => ({ ...decision, value: parsed(decision.value) })),
})

export async function tasksOfRun(session: Session, tenant: string, run: string): Promise<readonly TaskRow[]> {
  return (await session.query<TaskText>(ofRun, [tenant, run])).map(rowOf)
}

export async function findTask(session: Session, tenant: string, id: string): Promise<TaskRow | undefined> {
  const [row] = await session.query<TaskText>(one, [tenant, id])
  return row === undefined ? undefined : rowOf(row)
}

export interface TaskRowFilter {
  readonly open: boolean | undefined
  readonly run: string | undefined
  /** Only tasks that still want one of these roles. */
  readonly wanting: readonly string[] | undefined
  /** The last task of the page before. */
  readonly after: { readonly openedAt: number; readonly id: string } | undefined
  readonly limit: number
}

/** Newest first. */
export async function findTasks(session: Session, tenant: string, filter: TaskRowFilter): Promise<readonly TaskRow[]> {
  const { open = null, run = null, wanting, after, limit } = filter
  const roles = wanting === undefined ? null : textArray(wanting)
  return (
    await session.query<TaskText>(page, [tenant, open, run, roles, after?.openedAt ?? null, after?.id ?? null, limit])
  ).map(rowOf)
}
