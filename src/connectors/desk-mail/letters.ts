import type { DeskTask } from '../systems.ts'

const words = {
  en: { due: 'Due', answer: 'Answer here' },
  ar: { due: 'الموعد', answer: 'للإجابة' },
} as const

/** What a desk reads of a task, in the language of the task. */
export function taskText({ text, language, dueAt, answerUrl }: DeskTask): string {
  const { due, answer } = words[language]
  return [
    text,
    ...(dueAt === undefined ? [] : [`${due}: ${new Date(dueAt).toISOString().slice(0, 10)}`]),
    ...(answerUrl === undefined ? [] : [`${answer}: ${answerUrl}`]),
  ].join('\n\n')
}

/** Nobody knows any more in which language the task was. */
export const withdrawnSubject = 'The task is no longer needed · لم تعد المهمة مطلوبة'
export const withdrawnText = (reason: string): string =>
  `Please do nothing more about this task.\n${reason}\n\nنرجو عدم اتخاذ أي إجراء بشأن هذه المهمة.`
