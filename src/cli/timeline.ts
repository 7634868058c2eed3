import type { PresentedRun } from '../http/present-run.ts'
import type { Language } from '../http/pages/language.ts'
import type { EffectView, RecordView, TaskRow } from '../ledger/reading/run-view.ts'
import { columns } from './columns.ts'
import type { Terminal } from './terminal.ts'
import { clockIn, dayIn, timeIn } from './time.ts'

export interface TimelineOptions {
  readonly language: Language
  /** For a terminal that cannot show more. */
  readonly plainSigns: boolean
  readonly style: Terminal['style']
}

type Sign = 'done' | 'failed' | 'undone' | 'signal' | 'waits' | 'doubt' | 'busy' | 'end' | 'note'
const signs: Readonly<Record<Sign, readonly [sign: string, plain: string]>> = {
  done: ['✓', '+'],
  failed: ['✗', 'x'],
  undone: ['↩', '<'],
  signal: ['✉', '>'],
  waits: ['◷', '~'],
  doubt: ['?', '?'],
  busy: ['…', '.'],
  end: ['■', '#'],
  note: ['·', '-'],
}

interface Line {
  readonly at: number
  readonly sign: Sign
  /** One word, so that the lines stay aligned in both languages. */
  readonly kind: string
  readonly text: string
  readonly details: readonly string[]
}

/** A run as a person reads it: what was done, decided, waited for and taken back, in order, and what it waits for now. */
export function timeline(run: PresentedRun, options: TimelineOptions): string {
  const { language, style } = options
  const words = WORDS[language]
  const head = [
    style('bold', `${run.titles['workflow']?.[language] ?? run.workflow}  ${run.id}`),
    `${words.state}: ${stateOf(run, words, language)}   ${words.requester}: ${run.requester}   ${words.engine}: ${run.engine}   v${run.version}`,
  ]
  return `${head.join('\n')}\n${days(linesOf(run, language), options)}`
}

const WORDS = {
  en: {
    state: 'State',
    requester: 'Asked by',
    engine: 'Engine',
    started: 'started',
    step: 'step',
    gate: 'gate',
    signal: 'signal',
    sleep: 'sleep',
    undo: 'undo',
    waits: 'waits',
    ends: 'end',
    stuck: 'stuck',
    doubt: 'doubt',
    busy: 'busy',
    by: 'by',
    receipt: 'receipt',
    attempt: 'attempt',
    task: 'task',
    until: 'until',
    timedOut: 'nothing came in time',
    statuses: { ready: 'ready', running: 'running', waiting: 'waiting', stuck: 'stuck', ended: 'ended' },
    endings: {
      completed: 'completed',
      rejected: 'rejected',
      expired: 'expired',
      failed: 'failed',
      cancelled: 'cancelled',
    },
    outcomes: { value: 'done', returned: 'returned', rejected: 'rejected', expired: 'expired', failed: 'failed' },
    undone: {
      nothing: 'nothing to take back',
      compensated: 'all taken back',
      incomplete: 'not all taken back',
      skipped: 'nothing taken back',
    },
  },
  ar: {
    state: 'الحالة',
    requester: 'مقدم الطلب',
    engine: 'المحرّك',
    started: 'بدأ',
    step: 'خطوة',
    gate: 'قرار',
    signal: 'إشارة',
    sleep: 'مهلة',
    undo: 'تراجع',
    waits: 'ينتظر',
    ends: 'انتهى',
    stuck: 'تعثر',
    doubt: 'شك',
    busy: 'جارٍ',
    by: 'بواسطة',
    receipt: 'إيصال',
    attempt: 'محاولة',
    task: 'مهمة',
    until: 'حتى',
    timedOut: 'لم يصل شيء في الموعد',
    statuses: { ready: 'جاهز', running: 'قيد التنفيذ', waiting: 'بانتظار', stuck: 'متعثر', ended: 'منتهٍ' },
    endings: { completed: 'اكتمل', rejected: 'رُفض', expired: 'انتهت المهلة', failed: 'فشل', cancelled: 'أُلغي' },
    outcomes: { value: 'تم', returned: 'أُعيد', rejected: 'رُفض', expired: 'انتهت مهلته', failed: 'فشل' },
    undone: {
      nothing: 'لا شيء للتراجع عنه',
      compensated: 'تم التراجع عن كل شيء',
      incomplete: 'لم يُتراجع عن كل شيء',
      skipped: 'دون تراجع',
    },
  },
} as const
type TimelineWords = (typeof WORDS)[Language]

const stateOf = (run: PresentedRun, words: TimelineWords, language: Language): string => {
  if (run.outcome === null) {
    const status = words.statuses[run.status]
    return run.stuckCode === null ? status : `${status} (${run.stuckCode})`
  }
  const ending = endingOf(run.outcome, run, words, language)
  return run.undo === null || run.undo === 'nothing' ? ending : `${ending}, ${words.undone[run.undo]}`
}

/** The contract's own endings have titles; the others are words of the language. */
function endingOf(outcome: string, run: PresentedRun, words: TimelineWords, language: Language): string {
  const common: Readonly<Record<string, string>> = words.endings
  return common[outcome] ?? run.titles[outcome]?.[language] ?? outcome
}

function linesOf(run: PresentedRun, language: Language): readonly Line[] {
  const words = WORDS[language]
  const titleOf = (name: string): string => run.titles[name]?.[language] ?? name
  const settled = new Set(run.records.map(({ key }) => key))
  const recorded = run.records
    .filter(({ kind }) => kind !== 'choice')
    .map((record) => lineOf(record, run, words, titleOf))
  const open = run.effects
    .filter(({ key, state }) => !settled.has(key) && UNSETTLED.has(state))
    .map((effect) => openLine(effect, words, titleOf))
  const waits = run.waits.map((wait): Line => {
    const task = run.tasks.find(({ key, state }) => key === wait.key && state === 'open')
    return {
      at: wait.openedAt,
      sign: 'waits',
      kind: words.waits,
      text: titleOf(wait.name),
      details: [
        ...(task === undefined ? [] : [`${words.task} ${task.id}`, ...votesOf(task, words)]),
        ...(wait.dueAt === null ? [] : [`${words.until} ${timeIn(wait.dueAt)}`]),
      ],
    }
  })
  // Records are in the order of the run; of the others those that began first come first.
  return [
    started(run, words),
    ...recorded,
    ...[...open, ...waits].toSorted((one, other) => one.at - other.at),
    ...standing(run, words, language),
  ]
}

const UNSETTLED: ReadonlySet<EffectView['state']> = new Set(['started', 'not_made', 'in_doubt', 'parked'])

const started = (run: PresentedRun, words: TimelineWords): Line => ({
  at: run.createdAt,
  sign: 'note',
  kind: words.started,
  text: `${words.by} ${run.requester}`,
  details: [],
})

/** How it stands at the end: ended, or stuck. */
function standing(run: PresentedRun, words: TimelineWords, language: Language): readonly Line[] {
  const why = run.why === null ? [] : [run.why]
  if (run.endedAt !== null)
    return [{ at: run.endedAt, sign: 'end', kind: words.ends, text: stateOf(run, words, language), details: why }]
  const at = run.records.at(-1)?.at ?? run.createdAt
  return run.stuckCode === null ? [] : [{ at, sign: 'doubt', kind: words.stuck, text: run.stuckCode, details: why }]
}

function lineOf(record: RecordView, run: PresentedRun, words: TimelineWords, titleOf: (name: string) => string): Line {
  const { at, kind, name, outcome } = record
  const effect = run.effects.find(({ key }) => key === record.key)
  const receipt = run.receipts.find(({ key }) => key === record.key)
  const task = run.tasks.find(({ key }) => key === record.key)
  const timedOut = kind === 'signal' && outcome === 'expired'
  return {
    at,
    sign:
      outcome !== 'value'
        ? 'failed'
        : kind === 'undo'
          ? 'undone'
          : kind === 'signal'
            ? 'signal'
            : kind === 'sleep'
              ? 'waits'
              : kind === 'ending'
                ? 'end'
                : 'done',
    kind: kind === 'ending' ? words.ends : kind === 'choice' ? kind : words[kind],
    text: titleOf(name),
    details: [
      ...(outcome === 'value' || timedOut ? [] : [words.outcomes[outcome]]),
      ...(timedOut ? [words.timedOut] : []),
      ...(effect === undefined ? [] : attemptsOf(effect, words)),
      ...(task === undefined ? [] : votesOf(task, words)),
      ...whyOf(record.value),
      ...(receipt === undefined ? [] : [`${words.receipt} ${receipt.id.slice(-12)}`]),
    ],
  }
}

const openLine = (effect: EffectView, words: TimelineWords, titleOf: (name: string) => string): Line => {
  const doubtful = effect.state === 'in_doubt' || effect.state === 'parked'
  return {
    at: effect.startedAt,
    sign: doubtful ? 'doubt' : 'busy',
    kind: doubtful ? words.doubt : words.busy,
    text: titleOf(effect.step),
    details: [
      ...(effect.of === null ? [] : [words.undo]),
      ...attemptsOf(effect, words),
      ...(effect.problem === null ? [] : [effect.problem]),
      ...(doubtful ? [effect.key] : []),
    ],
  }
}

/** What was held back was no attempt. */
const attemptsOf = ({ attempt, held }: EffectView, words: TimelineWords): readonly string[] =>
  attempt - held > 1 ? [`${words.attempt} ${attempt - held}`] : []

const votesOf = ({ decisions }: TaskRow, words: TimelineWords): readonly string[] =>
  decisions.map(({ person, verdict, comments }) =>
    [`${verdict} ${words.by} ${person}`, ...(comments === null ? [] : [`“${comments.replaceAll(/\s+/g, ' ')}”`])].join(
      ' ',
    ),
  )

/** The reason that a failure or an ending carries. */
const whyOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null && 'why' in value && typeof value.why === 'string' && value.why !== ''
    ? [value.why]
    : []

/** Under each day its lines, aligned. */
function days(lines: readonly Line[], { plainSigns, style }: TimelineOptions): string {
  const colour = { failed: 'red', doubt: 'yellow', waits: 'yellow', done: 'green' } as const
  const signOf = (sign: Sign): string => {
    const text = signs[sign][plainSigns ? 1 : 0]
    return sign in colour ? style(colour[sign as keyof typeof colour], text) : text // one of the keys that `in` has just found
  }
  const rows = lines.map(({ at, sign, kind, text, details }) => ({
    day: dayIn(at),
    cells: [style('dim', clockIn(at)), signOf(sign), kind, [text, ...details].join(plainSigns ? ' - ' : ' · ')],
  }))
  const table = columns(
    rows.map(({ cells }) => cells),
    '  ',
  ).split('\n')
  return rows
    .map(({ day }, place) =>
      day === rows[place - 1]?.day ? `${table[place]}\n` : `${style('dim', day)}\n${table[place]}\n`,
    )
    .join('')
}
