import type { ActionView, OutcomeView, TaskView } from '../../decisions/task-view.ts'
import { systemsInWords } from '../../inventory/system-names.ts'
import type { PersonRow } from '../../ledger/reading/organisation.ts'
import type { TaskRow } from '../../ledger/reading/run-view.ts'
import { fieldsMarkup } from './form-markup.ts'
import type { Field } from './form-fields.ts'
import { html, type Markup } from './html.ts'
import { type Language, dateTimeIn } from './language.ts'
import type { Words } from './language.ts'
import { packetMarkup } from './packet.ts'
import { words } from './words.ts'

export interface DecisionPageView {
  readonly task: TaskView
  /** The person the link is for. */
  readonly reader: string
  readonly people: readonly PersonRow[]
  /** Every task of the run so far, with its decisions. */
  readonly rounds: readonly TaskRow[]
  readonly titles: Readonly<Record<string, Words>>
  /** What the gate asks its decider to fill in on approval. */
  readonly fields: readonly Field[]
  /** What was sent and refused, to be corrected. */
  readonly filled: URLSearchParams
  readonly problem: Markup | undefined
}

type Verdict = 'approve' | 'return' | 'reject'

export function decisionPage(view: DecisionPageView, language: Language): Markup {
  const { task } = view
  return html`<p class="kicker">${task.workflowTitle[language]}</p>
<h1>${task.title[language]}</h1>
${view.problem}
${standing(view, language)}
<section>${facts(view, language)}</section>
<section><h2>${words.packet[language]}</h2>${packetMarkup(task.packet, task.subjectField, language)}</section>
${history(view, language)}
${task.mayDecide ? choices(view, language) : undefined}
${outcomeIf(task, 'expired') === undefined || !task.mayDecide ? undefined : html`<section><h2>${words.expired[language]}</h2>${whatFollows(outcomeIf(task, 'expired'), language)}</section>`}`
}

/** Where the task stands, when the reader has nothing to decide any more. */
function standing({ task, reader }: DecisionPageView, language: Language): Markup | undefined {
  if (task.mayDecide) return task.kind === 'gate' ? undefined : note(words.lateNote[language])
  if (task.decisions.some(({ person }) => person === reader))
    return note(words.decidedByYou[language], task.state === 'open' ? words.stillWanted[language] : undefined)
  return note(task.state === 'open' ? words.notYours[language] : words.closed[language])
}

const note = (...lines: readonly (string | undefined)[]): Markup =>
  html`<section class="note" role="status">${lines.map((line) => (line === undefined ? undefined : html`<p>${line}</p>`))}</section>`

const nameOf = (people: readonly PersonRow[], person: string, language: Language): string => {
  const known = people.find((one) => one.person === person)
  if (known === undefined) return person
  return language === 'ar' ? known.nameAr : known.nameEn
}

function facts({ task, people, reader }: DecisionPageView, language: Language): Markup {
  const given = task.slots.filter(({ by }) => by !== null).length
  return html`<dl>
<dt>${words.askedBy[language]}</dt><dd><bdi>${nameOf(people, task.requester, language)}</bdi></dd>
<dt>${words.due[language]}</dt><dd>${task.dueAt === null ? words.noDue[language] : html`<time datetime="${new Date(task.dueAt).toISOString()}">${dateTimeIn(language, task.dueAt)}</time>`}</dd>
<dt>${words.you[language]}</dt><dd><bdi>${nameOf(people, reader, language)}</bdi></dd>
${task.slots.length > 1 ? html`<dt>${words.approvals[language]}</dt><dd><bdi>${given} / ${task.slots.length}</bdi></dd>` : undefined}
</dl>`
}

const verdictWords = { approve: words.approved, return: words.returned, reject: words.rejected } as const

function history({ rounds, people, titles }: DecisionPageView, language: Language): Markup | undefined {
  const made = rounds
    .flatMap(({ gate, decisions }) => decisions.map((decision) => ({ gate, ...decision })))
    .toSorted((one, other) => one.at - other.at)
  if (made.length === 0) return undefined
  return html`<section><h2>${words.history[language]}</h2><ul>${made.map(
    ({ gate, person, verdict, comments, at }) =>
      html`<li>${titles[gate]?.[language] ?? gate}: <strong>${verdictWords[verdict][language]}</strong> – <bdi>${nameOf(people, person, language)}</bdi>, ${dateTimeIn(language, at)}${
        comments === null ? undefined : html`<p class="said"><bdi>${comments}</bdi></p>`
      }</li>`,
  )}</ul></section>`
}

const outcomeIf = ({ outcomes }: TaskView, wanted: OutcomeView['outcome']): OutcomeView | undefined =>
  outcomes.find(({ outcome }) => outcome === wanted)

function choices(view: DecisionPageView, language: Language): Markup {
  const { task } = view
  const offered: readonly Verdict[] = ['approve', ...(task.returnable ? (['return'] as const) : []), 'reject']
  return html`<h2>${words.yourDecision[language]}</h2>${offered.map((verdict) => choice(view, verdict, language))}`
}

const outcomeOf = { approve: 'approved', return: 'returned', reject: 'rejected' } as const

/** One way to decide: what follows from it, what is to be filled in, and its button. */
function choice({ task, fields, filled, problem }: DecisionPageView, verdict: Verdict, language: Language): Markup {
  const triedBefore = filled.get('verdict') === verdict
  const open = problem === undefined ? verdict === 'approve' : triedBefore
  const sent = triedBefore ? filled : new URLSearchParams()
  const approves = verdict === 'approve'
  return html`<details name="decision"${open ? html` open` : undefined}><summary>${words[verdict][language]}</summary>
${whatFollows(outcomeIf(task, outcomeOf[verdict]), language)}
<form method="post" action="?lang=${language}"><input type="hidden" name="verdict" value="${verdict}">
${approves ? fieldsMarkup(fields, language, sent, verdict) : undefined}
${approves && fields.length > 0 ? undefined : commentsMarkup(verdict, sent.get('comments') ?? '', language)}
<button${approves ? undefined : html` class="no"`}>${words[verdict][language]}</button></form></details>`
}

/** A gate that asks for something has its own place for words. */
function commentsMarkup(verdict: Verdict, said: string, language: Language): Markup {
  const required = verdict !== 'approve'
  return html`<label for="${verdict}.comments">${words[required ? 'reason' : 'commentsOptional'][language]}</label>
<textarea id="${verdict}.comments" name="comments" dir="auto"${required ? html` required` : undefined}>${said}</textarea>`
}

function whatFollows(outcome: OutcomeView | undefined, language: Language): Markup | undefined {
  if (outcome === undefined) return undefined
  const { run, actions, undone } = outcome
  return html`<p>${words[run === 'undoes' ? 'nextUndoes' : 'nextGoesOn'][language]}</p>
${
  actions.length > 0
    ? html`<p>${words.authorises[language]}</p><ul>${actions.map((action) => html`<li>${actionMarkup(action, language)}</li>`)}</ul>`
    : run === 'goes on'
      ? html`<p>${words.authorisesNothing[language]}</p>`
      : undefined
}
${undone.length > 0 ? html`<p>${words.takenBack[language]}</p><ul>${undone.map(({ title }) => html`<li>${title[language]}</li>`)}</ul>` : undefined}`
}

function actionMarkup({ title, systems, reversal, pivot }: ActionView, language: Language): Markup {
  const notes = [
    words[reversal.kind === 'undo' ? 'canBeUndone' : 'cannotBeUndone'][language],
    ...(pivot ? [words.pivot[language]] : []),
  ]
  return html`${title[language]} <span class="tag">(<bdi>${systemsInWords(systems)[language]}</bdi>${language === 'ar' ? '؛' : ';'} ${notes.join(language === 'ar' ? '، ' : ', ')})</span>`
}
