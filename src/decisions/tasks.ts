import type { Actor } from '../engine/commands/actor.ts'
import { definitionOf } from '../engine/commands/known-run.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import type { Words } from '../engine/commands/words.ts'
import type { Definition } from '../engine/definitions.ts'
import { MalformedId, parseTaskId, type TaskId } from '../ledger/ids.ts'
import { effectsOfRun } from '../ledger/reading/effects.ts'
import { readPolicies } from '../ledger/reading/organisation.ts'
import { pageSize } from '../ledger/reading/page-size.ts'
import type { TaskRow } from '../ledger/reading/run-view.ts'
import { findTask, findTasks } from '../ledger/reading/tasks.ts'
import { noteAct } from '../ledger/requests/requests.ts'
import type { DecisionParts } from './decision-parts.ts'
import { holdsPersonal, shownPacket } from './opened-packet.ts'
import { outcomesOf } from './outcomes.ts'
import type { TaskSummary, TaskView } from './task-view.ts'

export interface TaskFilter {
  /** Default: open ones. */
  readonly state?: 'open' | 'closed' | 'all' | undefined
  /** Only tasks that still want one of the reader's roles. */
  readonly mine?: boolean | undefined
  readonly run?: string | undefined
  /** Default 50, at most 500. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly after?: string | undefined
}

export interface TaskPage {
  readonly tasks: readonly TaskSummary[]
  readonly next: string | undefined
}

/** The tasks of the reader's tenant, newest first. */
export async function listTasks(parts: DecisionParts, actor: Actor, filter: TaskFilter = {}): Promise<TaskPage> {
  const { tenant } = actor
  const { state = 'open' } = filter
  const limit = pageSize(filter.limit)
  const rows = await parts.database.transaction({ role: 'member', tenant }, (session) =>
    findTasks(session, tenant, {
      open: state === 'all' ? undefined : state === 'open',
      run: filter.run,
      wanting: filter.mine === true ? actor.roles : undefined,
      after: filter.after === undefined ? undefined : cursorOf(filter.after),
      limit: limit + 1,
    }),
  )
  const tasks = rows.slice(0, limit)
  const last = tasks.at(-1)
  return {
    tasks: tasks.map((row) => summaryOf(parts, actor, row)),
    next: rows.length > limit && last !== undefined ? `${last.openedAt}.${last.id}` : undefined,
  }
}

function cursorOf(text: string): { readonly openedAt: number; readonly id: string } {
  const [, openedAt, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(text) ?? []
  if (openedAt === undefined || id === undefined)
    throw new Refusal('MALFORMED_ID', { what: { en: 'The place in the list', ar: 'موضع القائمة' } })
  return { openedAt: Number(openedAt), id: parseTaskId(id) }
}

/** What a task is about, without its packet: nothing personal is opened, so nothing is noted. Throws `Refusal` NO_SUCH_TASK. */
export async function summariseTask(
  parts: DecisionParts,
  actor: Actor,
  id: string,
): Promise<TaskSummary & Pick<TaskView, 'digest'>> {
  const row = await knownTask(parts, actor, id)
  return { ...summaryOf(parts, actor, row), digest: row.digest }
}

/**
 * A task with all that its decider sees and authorises. Reading personal values is itself written to the audit log, before
 * they are shown. Throws `Refusal` NO_SUCH_TASK.
 */
export async function readTask(parts: DecisionParts, actor: Actor, id: string): Promise<TaskView> {
  const { tenant } = actor
  const row = await knownTask(parts, actor, id)
  const effects = await parts.database.transaction({ role: 'member', tenant }, (session) =>
    effectsOfRun(session, tenant, row.run),
  )
  const definition = definitionOf(parts, row)
  const gate = row.kind === 'gate' ? definition.workflow.contract.gates[row.gate] : undefined
  const outcomes =
    gate === undefined
      ? []
      : outcomesOf({
          workflow: definition.workflow,
          gate,
          policies: await readPolicies(parts.database, tenant),
          effects,
          authorises: row.authorises,
        })
  const personalValues = !holdsPersonal(row.packet) ? 'none' : decides(actor, row) ? 'opened' : 'hidden'
  if (personalValues === 'opened') await noteReading(parts, actor, row)
  const open =
    personalValues === 'opened' ? (value: Parameters<DecisionParts['open']>[1]) => parts.open(tenant, value) : undefined
  return {
    ...summaryOf(parts, actor, row),
    packet: await shownPacket(row.packet, open),
    personalValues,
    digest: row.digest,
    subject: row.subject,
    subjectField: gate?.subject,
    outcomes,
    returnable: gate?.onReturn === 'value',
    decisions: row.decisions,
    escalatedFrom: row.escalatedFrom,
  }
}

export async function knownTask({ database }: DecisionParts, { tenant }: Actor, text: string): Promise<TaskRow> {
  const id = taskIdOf(text)
  const row = await database.transaction({ role: 'member', tenant }, (session) => findTask(session, tenant, id))
  if (row === undefined) throw new Refusal('NO_SUCH_TASK', { task: text })
  return row
}

function taskIdOf(text: string): TaskId {
  try {
    return parseTaskId(text)
  } catch (error) {
    if (error instanceof MalformedId) throw new Refusal('NO_SUCH_TASK', { task: text }, { cause: error })
    throw error
  }
}

const noteReading = ({ database }: DecisionParts, actor: Actor, { id, run, digest }: TaskRow): Promise<void> =>
  database.transaction({ role: 'member', tenant: actor.tenant }, (session) =>
    noteAct(session, actor, { what: 'task.read', run, subject: id, detail: digest }),
  )

/** Whoever holds a role of one of its slots; not whoever asked. */
const decides = ({ person, roles }: Actor, { slots, requester }: TaskRow): boolean =>
  person !== requester && slots.some((slot) => slot.roles.some((role) => roles.some((own) => own === role)))

function mayDecide(actor: Actor, { kind, state, slots, requester, decisions }: TaskRow): boolean {
  if (state !== 'open' || decisions.some(({ person }) => person === actor.person)) return false
  if (kind === 'gate' && actor.person === requester) return false
  return slots.some(({ roles, by }) => by === null && roles.some((role) => actor.roles.some((own) => own === role)))
}

function summaryOf(parts: DecisionParts, actor: Actor, row: TaskRow): TaskSummary {
  const { id, kind, run, workflow, gate, state, requester, openedAt, dueAt, decidedAt, slots } = row
  const definition = parts.definitions.find(workflow, row.version)
  return {
    id,
    kind,
    run,
    workflow,
    workflowTitle: definition?.workflow.contract.title ?? named(workflow),
    gate,
    title: titleOf(definition, kind, gate),
    state,
    requester,
    openedAt,
    dueAt,
    decidedAt,
    slots,
    mayDecide: mayDecide(actor, row),
  }
}

const named = (name: string): Words => ({ en: name, ar: name })

function titleOf(definition: Definition | undefined, kind: TaskRow['kind'], name: string): Words {
  const { gates = {}, signals = {} } = definition?.workflow.contract ?? {}
  return (kind === 'gate' ? gates[name] : signals[name])?.title ?? named(name)
}
