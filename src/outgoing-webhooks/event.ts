import type { Words } from '../engine/commands/words.ts'
import type { TrailRow } from '../ledger/reading/trail.ts'

/** What a customer's system can be told of. The names travel; they never change their meaning. */
export const eventTitles = {
  'run.created': { en: 'a run has started', ar: 'بدأ تشغيل' },
  'run.completed': { en: 'a run has completed', ar: 'اكتمل تشغيل' },
  'run.stopped': { en: 'a run has ended without completing', ar: 'انتهى تشغيل دون أن يكتمل' },
  'run.stuck': { en: 'a run cannot go on by itself', ar: 'تعثر تشغيل' },
  'step.completed': { en: 'a step is done', ar: 'أُنجزت خطوة' },
  'step.undone': { en: 'a step was taken back', ar: 'تم التراجع عن خطوة' },
  'effect.in_doubt': { en: 'nobody can tell whether an effect happened', ar: 'أثر مشكوك في حدوثه' },
  'task.opened': { en: 'a task waits for a decision', ar: 'مهمة بانتظار قرار' },
  'task.closed': { en: 'a task is no longer open', ar: 'أُغلقت مهمة' },
} as const satisfies Readonly<Record<string, Words>>

export type EventType = keyof typeof eventTitles

// The keys of the table above are all there are.
export const eventTypes = Object.keys(eventTitles) as readonly EventType[]
export const isEventType = (name: string): name is EventType => Object.hasOwn(eventTitles, name)

/** What happened: ids, names of the definition and a time, no value of anybody. */
export interface OutgoingEvent {
  readonly type: EventType
  /** ISO 8601, by the ledger's clock. */
  readonly timestamp: string
  readonly data: {
    readonly tenant: string
    /** The place in the tenant's audit trail: what happened later has a higher one. */
    readonly sequence: number
    readonly run: string
    readonly workflow: string
    readonly version: number
    /** The step or gate. */
    readonly stage?: string
    readonly task?: string
    readonly outcome?: string
  }
}

type Told = Pick<OutgoingEvent, 'type'> & Pick<OutgoingEvent['data'], 'stage' | 'task' | 'outcome'>

/** Undefined for what no customer is told: most rows of the trail are of use within the organisation only. */
export function eventOf(tenant: string, row: TrailRow): OutgoingEvent | undefined {
  const told = toldBy(row)
  const { run, workflow, version } = row
  if (told === undefined || run === null || workflow === null || version === null) return undefined
  const { type, ...more } = told
  return {
    type,
    timestamp: new Date(row.at).toISOString(),
    data: { tenant, sequence: row.leaf, run, workflow, version, ...more },
  }
}

function toldBy(row: TrailRow): Told | undefined {
  switch (row.what) {
    case 'run.created':
      return { type: 'run.created' }
    case 'run.ended':
      return row.new === 'completed' ? { type: 'run.completed' } : { type: 'run.stopped', ...outcome(row.new) }
    case 'run.stuck':
      return { type: 'run.stuck', ...outcome(row.new) }
    case 'step.value':
    case 'undo.value':
    case 'effect.done':
      return { type: row.kind === 'undo' ? 'step.undone' : 'step.completed', ...stage(row.step) }
    case 'effect.in_doubt':
    case 'effect.parked':
      return { type: 'effect.in_doubt', ...stage(row.step) }
    case 'wait.opened':
      return row.new === 'gate' ? ofTask('task.opened', row) : undefined
    case 'task.opened':
      return ofTask('task.opened', row)
    case 'task.approve':
    case 'task.return':
    case 'task.reject':
      // One of several votes leaves it open.
      return row.new === 'open' ? undefined : ofTask('task.closed', row, row.new)
    case 'task.withdrawn':
      return ofTask('task.closed', row, 'withdrawn')
    case 'gate.expired':
      return ofTask('task.closed', row, row.taskState)
    default:
      return undefined
  }
}

const outcome = (text: string | null): Pick<Told, 'outcome'> => (text === null ? {} : { outcome: text })
const stage = (text: string | null): Pick<Told, 'stage'> => (text === null ? {} : { stage: text })

const ofTask = (type: EventType, { task, gate }: TrailRow, ended: string | null = null): Told | undefined =>
  task === null ? undefined : { type, ...stage(gate), task, ...outcome(ended) }
