import type { TaskView } from '../decisions/task-view.ts'
import { fieldWords, valueWords } from '../http/pages/field-words.ts'
import type { Language } from '../http/pages/language.ts'
import { plainTextOf } from '../http/pages/packet.ts'
import { words } from '../http/pages/words.ts'
import { timeIn } from './time.ts'

/** A task for a terminal: what is decided, and what each outcome lets happen. */
export function taskText(task: TaskView, language: Language): string {
  const lines = [
    `${task.title[language]} (${task.workflowTitle[language]})`,
    `${words.askedBy[language]}: ${task.requester}   ${words.due[language]}: ${task.dueAt === null ? words.noDue[language] : timeIn(task.dueAt)}   ${task.state}`,
    `digest ${task.digest}`,
    '',
    ...valueLines(task.packet, language, ''),
    '',
    ...task.outcomes.flatMap(({ outcome, run, actions, undone }) => [
      `${outcome}: ${words[run === 'undoes' ? 'nextUndoes' : 'nextGoesOn'][language]}`,
      ...actions.map(({ title, reversal }) => {
        const back = words[reversal.kind === 'undo' ? 'canBeUndone' : 'cannotBeUndone'][language]
        return `  + ${title[language]} (${back})`
      }),
      ...undone.map(({ title }) => `  < ${title[language]}`),
    ]),
    ...(task.decisions.length === 0 ? [] : ['', words.history[language]]),
    ...task.decisions.map(
      ({ person, verdict, comments, at }) =>
        `  ${timeIn(at)} ${verdict} ${person}${comments === null ? '' : `: ${comments}`}`,
    ),
  ]
  return lines.join('\n')
}

function valueLines(value: unknown, language: Language, indent: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${scalar(value, '', language)}`]
  const text = plainTextOf(value, language)
  if (text !== undefined) return [`${indent}${text}`]
  if (Array.isArray(value)) return value.flatMap((item) => dashed(valueLines(item, language, `${indent}  `), indent))
  return Object.entries(value).flatMap(([name, field]: readonly [string, unknown]) => {
    const label = `${indent}${fieldWords(name, language)}:`
    if (Array.isArray(field) && field.every((item) => typeof item !== 'object'))
      return [`${label} ${field.map((item) => scalar(item, name, language)).join(', ')}`]
    const plain = plainTextOf(field, language)
    if (plain !== undefined) return [`${label} ${plain}`]
    if (typeof field === 'object' && field !== null) return [label, ...valueLines(field, language, `${indent}  `)]
    return [`${label} ${scalar(field, name, language)}`]
  })
}

const dashed = ([first = '', ...others]: readonly string[], indent: string): readonly string[] => [
  `${indent}- ${first.trimStart()}`,
  ...others,
]

function scalar(value: unknown, field: string, language: Language): string {
  if (value === null || value === undefined || value === '') return words.none[language]
  if (typeof value === 'boolean') return words[value ? 'yes' : 'no'][language]
  return typeof value === 'string' ? (valueWords(field, value, language) ?? value) : JSON.stringify(value)
}
