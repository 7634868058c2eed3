/** Holds what was acknowledged against the ledger, and the ledger against what the vendors did. */
import type { Act } from '../../sandbox/record.ts'
import type { Book, RunView } from './book.ts'
import { withoutGeneration } from './vendor-record.ts'

export interface Evidence {
  readonly book: Book
  /** Every run of the organisation, as the ledger shows it when all work is done. */
  readonly runs: readonly RunView[]
  /** Everything that the vendors did. */
  readonly acts: readonly Act[]
  readonly stageOf: (run: string) => string | undefined
}

/** What was lost or doubled, one line each. */
export function problemsIn(evidence: Evidence): readonly string[] {
  const { book, runs, acts } = evidence
  const known = new Map(runs.map((run) => [run.id, run]))
  return [
    ...startProblems(book, runs),
    ...runs.flatMap((run) => endProblems(run, book)),
    ...book.decisions.flatMap((decided) => decisionProblems(decided, known.get(decided.run))),
    ...book.replies.flatMap(({ run, signal }) =>
      letterProblems('the answer', known.get(run), ({ id }) => id === signal),
    ),
    ...book.envelopes.flatMap(({ run, how }) => envelopeProblems(how, known.get(run))),
    ...[...book.cancels].flatMap((run) =>
      letterProblems('the cancel', known.get(run), ({ kind }) => kind === 'cancel'),
    ),
    ...book.settled.flatMap(({ run, key }) =>
      known.get(run)?.signals.some(({ kind, name }) => kind === 'resolution' && name === key) === true
        ? []
        : [`${run}: the resolution of ${key} is lost`],
    ),
    ...doubledActs(acts),
    ...doubledRecords(acts),
    ...runs.flatMap((run) => effectProblems(run, acts)),
    ...acts.flatMap(({ vendor, action, key }) =>
      key === undefined || hasIntent(known, key) ? [] : [`${vendor} ${action} ${key}: nobody intended it`],
    ),
    ...runs.flatMap((run) => stageProblems(run, evidence.stageOf(run.id))),
  ]
}

function startProblems({ starts }: Book, runs: readonly RunView[]): readonly string[] {
  const acknowledged = new Set(starts.values())
  const there = new Set(runs.map(({ id }) => id))
  return [
    ...(acknowledged.size < starts.size ? ['two idempotency keys were answered with one run'] : []),
    ...[...acknowledged].filter((id) => !there.has(id)).map((id) => `${id}: the start is lost`),
    ...[...there].filter((id) => !acknowledged.has(id)).map((id) => `${id}: nobody asked for this run`),
  ]
}

function endProblems({ id, outcome, status, stuckCode, why }: RunView, { stuck }: Book): readonly string[] {
  if (outcome !== null) return []
  if (stuck.has(id) && status === 'stuck' && stuckCode !== null && why !== null) return []
  return [`${id}: it is ${status} and neither ended nor stuck with a reason`]
}

function decisionProblems(
  { task, person, verdict, run }: Book['decisions'][number],
  view: RunView | undefined,
): readonly string[] {
  const called = `${run}: the decision of ${person} on task ${task}`
  const found = view?.tasks.find(({ id }) => id === task)
  const own = found?.decisions.filter((decision) => decision.person === person) ?? []
  if (view === undefined || found === undefined || own.length === 0) return [`${called} is lost`]
  if (own.length > 1) return [`${called} counts twice`]
  if (own[0]?.verdict !== verdict) return [`${called} was ${verdict} and is ${own[0]?.verdict}`]
  if (!['approved', 'returned', 'rejected'].includes(found.state)) return []
  const taken = view.records.filter(({ kind, key }) => kind === 'gate' && key === found.key)
  if (taken.length === 0 && !wasCancelled(view)) return [`${called} was never applied`]
  return letterProblems(called, view, ({ id }) => id === `decision/${task}`)
}

/** A letter of the mailbox is there once, and something took it; after a cancel nothing need have. */
function letterProblems(
  called: string,
  view: RunView | undefined,
  isIt: (letter: RunView['signals'][number]) => boolean,
): readonly string[] {
  const letters = view?.signals.filter(isIt) ?? []
  if (view === undefined || letters.length === 0) return [`${view?.id}: ${called} is lost`]
  const late = (letter: RunView['signals'][number]) => letter.receivedAt >= (view.endedAt ?? Number.POSITIVE_INFINITY)
  const forgotten = letters.some((letter) => letter.consumedBy === null && !late(letter))
  return [
    ...(letters.length > 1 && letters[0]?.kind !== 'cancel'
      ? [`${view.id}: ${called} is there ${letters.length} times`]
      : []),
    ...(forgotten && !wasCancelled(view) ? [`${view.id}: ${called} was never taken`] : []),
  ]
}

const wasCancelled = ({ signals }: RunView): boolean => signals.some(({ kind }) => kind === 'cancel')

function envelopeProblems(how: 'signed' | 'declined', view: RunView | undefined): readonly string[] {
  const name = how === 'signed' ? 'agreementSigned' : 'agreementDeclined'
  const problems = letterProblems(`that the envelope was ${how}`, view, (letter) => letter.name === name)
  if (view === undefined || wasCancelled(view)) return problems
  const outcome = how === 'signed' ? 'completed' : 'not signed'
  return view.outcome === outcome ? problems : [...problems, `${view.id}: ${how}, and it ended as ${view.outcome}`]
}

/**
 * A person's "never" allows a further generation of a key; as they tell the truth, each effect is still there once. The CRM is
 * told by upserts, which may be repeated: of it, each run has one record.
 */
function doubledActs(acts: readonly Act[]): readonly string[] {
  const once = acts.flatMap(({ vendor, action, key }) =>
    key === undefined || vendor === 'hubspot' ? [] : [`${vendor} ${action} ${withoutGeneration(key)}`],
  )
  const groups = [...Map.groupBy(once, (act) => act)]
  return groups.filter(([, { length }]) => length > 1).map(([act, { length }]) => `${act}: ${length} times`)
}

function doubledRecords(acts: readonly Act[]): readonly string[] {
  const records = Map.groupBy(
    acts.filter(({ vendor, key }) => vendor === 'hubspot' && key !== undefined),
    ({ key = '' }) => key.split('/')[0],
  )
  return [...records].flatMap(([run, writes]) =>
    new Set(writes.map(({ reference }) => reference)).size > 1 ? [`${run}: it has several records in the CRM`] : [],
  )
}

function hasIntent(known: ReadonlyMap<string, RunView>, key: string): boolean {
  const [run = '', ...rest] = withoutGeneration(key).split('/')
  return known.get(run)?.effects.some((effect) => effect.key === rest.join('/')) === true
}

/** Steps whose effect, or whose undo, shows under its key in the vendors' acts. An envelope that was declined is not voided. */
const SHOWN = new Set([
  'openRecord',
  'acknowledge',
  'sendTerms',
  'sendRevisedTerms',
  'noticeByWhatsApp',
  'sendEnvelope',
  'activateRecord',
  'welcome',
])

function effectProblems({ id, effects }: RunView, acts: readonly Act[]): readonly string[] {
  const made = new Set(acts.flatMap(({ key }) => (key === undefined ? [] : [withoutGeneration(key)])))
  return effects.flatMap(({ key, step, state, of }) => {
    if (state === 'started' || state === 'not_made') return [`${id}: ${key} is still ${state}`]
    if (state !== 'done' || !SHOWN.has(step) || (step === 'sendEnvelope' && of !== null)) return []
    return made.has(`${id}/${key}`) ? [] : [`${id}: ${key} counts as done, and no vendor did it`]
  })
}

function stageProblems({ id, outcome, undo }: RunView, stage: string | undefined): readonly string[] {
  if (outcome === 'completed' && stage !== 'active') return [`${id}: completed, and the CRM says ${stage}`]
  if (undo === 'compensated' && stage !== undefined && stage !== 'closed')
    return [`${id}: taken back, and the CRM says ${stage}`]
  return []
}
