import { z } from '@hono/zod-openapi'
import { anything, instant, Words } from './described.ts'

/** The views of the rooms, as the API's description shows them. */

const text = z.string()
const textOrNull = z.string().nullable()
const instantOrNull = instant.nullable()

const runSummary = {
  id: text,
  workflow: text,
  version: z.int(),
  engine: z.enum(['inline', 'local', 'temporal']),
  status: z.enum(['ready', 'running', 'waiting', 'stuck', 'ended']),
  requester: text,
  createdAt: instant,
  endedAt: instantOrNull,
  outcome: textOrNull.openapi({ description: '`completed`, or how it ended; null while it lives.' }),
  undo: z.enum(['nothing', 'compensated', 'incomplete', 'skipped']).nullable(),
  why: textOrNull,
  stuckCode: textOrNull,
  pivoted: z.boolean(),
}
export const RunSummary = z.strictObject(runSummary).openapi('RunSummary')

export const Effect = z
  .strictObject({
    run: text,
    key: text,
    step: text,
    of: textOrNull.openapi({ description: 'The effect that this one takes back.' }),
    action: textOrNull,
    subject: textOrNull,
    undoable: z.boolean(),
    input: anything,
    state: z.enum(['started', 'not_made', 'done', 'refused', 'in_doubt', 'never', 'parked']),
    generation: z.int(),
    attempt: z.int(),
    held: z.int(),
    deadlineAt: instant,
    retryAt: instantOrNull,
    problem: textOrNull,
    startedSeq: z.int(),
    startedAt: instant,
  })
  .openapi('Effect')

const Decision = z
  .strictObject({
    person: text,
    verdict: z.enum(['approve', 'return', 'reject']),
    value: anything,
    comments: textOrNull,
    source: text,
    at: instant,
  })
  .openapi('Decision')

const slots = z.array(z.strictObject({ roles: z.array(text), by: textOrNull }))
const taskState = z.enum(['open', 'approved', 'returned', 'rejected', 'expired', 'escalated', 'withdrawn'])
const taskKind = z.enum(['gate', 'late signal'])

const TaskOfRun = z.strictObject({
  id: text,
  kind: taskKind,
  run: text,
  workflow: text,
  version: z.int(),
  key: text,
  gate: text,
  state: taskState,
  packet: anything,
  digest: text,
  subject: text,
  authorises: z.record(z.string(), z.array(z.strictObject({ step: text, action: text }))),
  slots,
  requester: text,
  openedAt: instant,
  dueAt: instantOrNull,
  decidedAt: instantOrNull,
  escalatedFrom: textOrNull,
  decisions: z.array(Decision),
})

export const Run = z
  .strictObject({
    ...runSummary,
    input: anything,
    result: anything,
    records: z.array(
      z.strictObject({
        seq: z.int(),
        key: text,
        kind: z.enum(['step', 'undo', 'gate', 'signal', 'sleep', 'choice', 'ending']),
        name: text,
        digest: text,
        outcome: z.enum(['value', 'returned', 'rejected', 'expired', 'failed']),
        value: anything,
        at: instant,
      }),
    ),
    effects: z.array(Effect),
    receipts: z.array(
      z.strictObject({
        id: text,
        key: text,
        action: text,
        requestDigest: text,
        resultDigest: text,
        trace: text,
        at: instant,
      }),
    ),
    waits: z.array(
      z.strictObject({
        key: text,
        kind: z.enum(['gate', 'signal', 'sleep']),
        name: text,
        openedAt: instant,
        dueAt: instantOrNull,
      }),
    ),
    tasks: z.array(TaskOfRun),
    signals: z.array(
      z.strictObject({
        number: z.int(),
        id: text,
        kind: z.enum(['signal', 'decision', 'cancel', 'resolution', 'sighting']),
        name: text,
        payload: anything,
        source: text,
        receivedAt: instant,
        consumedBy: textOrNull,
      }),
    ),
    audit: z.array(
      z.strictObject({
        id: z.int(),
        at: z.number(),
        actor: text,
        what: text,
        subject: text,
        old: textOrNull,
        new: textOrNull,
        source: text,
        why: textOrNull,
      }),
    ),
    titles: z.record(z.string(), Words).openapi({
      description: 'Titles of the steps, gates and signals of its workflow, by name; `workflow` is its own.',
    }),
  })
  .openapi('Run')

const taskSummary = {
  id: text,
  kind: taskKind,
  run: text,
  workflow: text,
  workflowTitle: Words,
  gate: text,
  title: Words,
  state: taskState,
  requester: text,
  openedAt: instant,
  dueAt: instantOrNull,
  decidedAt: instantOrNull,
  slots,
  mayDecide: z.boolean(),
}
export const TaskSummary = z.strictObject(taskSummary).openapi('TaskSummary')

const Action = z.strictObject({
  step: text,
  title: Words,
  effect: z.enum(['call', 'message', 'document']),
  systems: z.array(text),
  action: text,
  class: z.enum(['A', 'B', 'C']),
  reversal: z.union([
    z.strictObject({ kind: z.enum(['undo', 'none']) }),
    z.strictObject({ kind: z.literal('irreversible'), reason: text }),
  ]),
  pivot: z.boolean(),
})

export const Task = z
  .strictObject({
    ...taskSummary,
    packet: anything,
    personalValues: z.enum(['opened', 'hidden', 'none']),
    digest: text.openapi({ description: 'To be sent back with the decision.' }),
    subject: text,
    subjectField: text.optional(),
    outcomes: z.array(
      z.strictObject({
        outcome: z.enum(['approved', 'returned', 'rejected', 'expired']),
        run: z.enum(['goes on', 'undoes']),
        actions: z.array(Action),
        undone: z.array(z.strictObject({ key: text, step: text, title: Words })),
      }),
    ),
    returnable: z.boolean(),
    decisions: z.array(Decision),
    escalatedFrom: textOrNull,
  })
  .openapi('Task')
