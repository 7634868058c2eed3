import type { Actor } from '../engine/commands/actor.ts'
import { accepted, storable } from '../engine/commands/checked-value.ts'
import { definitionOf } from '../engine/commands/known-run.ts'
import { Refusal, refusalOf } from '../engine/commands/refusal.ts'
import type { Words } from '../engine/commands/words.ts'
import type { TaskRow, TaskState } from '../ledger/reading/run-view.ts'
import { recordDecision } from '../ledger/requests/requests.ts'
import type { DecisionParts } from './decision-parts.ts'
import { knownTask } from './tasks.ts'

export interface DecideCommand {
  readonly task: string
  readonly verdict: 'approve' | 'return' | 'reject'
  /** Of the packet that the decider saw. */
  readonly digest: string
  /** What the gate asks its decider to fill in on approval; personal values in clear. */
  readonly value?: unknown
  /** Required to return or reject. */
  readonly comments?: string | undefined
}

/** `COUNTED`: more people must approve before the task is decided. */
export interface Decided {
  readonly code: 'DECIDED' | 'COUNTED'
  readonly state: TaskState
}

/**
 * Decides a task for the actor. Throws `Refusal`, and then nothing was decided: NO_SUCH_TASK, TASK_CLOSED, STALE_DIGEST,
 * TASK_EXPIRED, OWN_REQUEST, NOT_YOUR_ROLE, ALREADY_DECIDED, RETURN_NOT_OFFERED, COMMENTS_REQUIRED, INVALID_VALUE.
 */
export async function decideTask(parts: DecisionParts, actor: Actor, command: DecideCommand): Promise<Decided> {
  const task = await knownTask(parts, actor, command.task)
  const comments = checkedComments(command)
  const value = await checkedValue(parts, actor, task, command)
  const { verdict, digest } = command
  const { code, state = task.state } = await parts.database.transaction(
    { role: 'member', tenant: actor.tenant },
    (session) => recordDecision(session, actor, { task: task.id, verdict, digest, value, comments }),
  )
  if (code !== 'DECIDED' && code !== 'COUNTED') throw refusalOf(code, { task: task.id, state: STATE_TITLES[state] })
  if (code === 'DECIDED') parts.engine.wake(task.run)
  return { code, state }
}

const STATE_TITLES: Readonly<Record<TaskState, Words>> = {
  open: { en: 'open', ar: 'مفتوحة' },
  approved: { en: 'approved', ar: 'معتمدة' },
  returned: { en: 'returned', ar: 'معادة' },
  rejected: { en: 'rejected', ar: 'مرفوضة' },
  expired: { en: 'expired', ar: 'منتهية المهلة' },
  escalated: { en: 'escalated', ar: 'مصعّدة' },
  withdrawn: { en: 'withdrawn', ar: 'مسحوبة' },
}

const COMMENTS_MAX = 10_000

function checkedComments({ verdict, comments }: DecideCommand): string | null {
  const text = comments?.trim() ?? ''
  if (text === '' && verdict !== 'approve') throw new Refusal('COMMENTS_REQUIRED')
  if (text.length > COMMENTS_MAX) {
    const message = `may have ${COMMENTS_MAX} characters`
    throw new Refusal(
      'INVALID_VALUE',
      { what: { en: 'The comments', ar: 'التعليقات' } },
      { issues: [{ path: '', message }] },
    )
  }
  storable(text, { en: 'The comments', ar: 'التعليقات' })
  return text === '' ? null : text
}

/** The canonical text of what the decider filled in. Only an approval carries a value. */
async function checkedValue(
  parts: DecisionParts,
  { tenant }: Actor,
  task: TaskRow,
  { verdict, value }: DecideCommand,
): Promise<string> {
  if (task.kind !== 'gate') {
    if (verdict === 'return') throw new Refusal('RETURN_NOT_OFFERED')
    return 'null'
  }
  const gate = definitionOf(parts, task).workflow.contract.gates[task.gate]
  if (gate === undefined) throw new Refusal('NO_SUCH_TASK', { task: task.id })
  if (verdict === 'return' && gate.onReturn !== 'value') throw new Refusal('RETURN_NOT_OFFERED')
  if (verdict !== 'approve') return 'null'
  const of = { tenant, owner: task.run, what: { en: 'The decision', ar: 'القرار' } }
  return (await accepted(parts, of, gate.decision, value)).text
}
