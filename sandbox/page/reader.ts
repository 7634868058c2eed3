import type { Title } from '../vendor.ts'
import { ARABIC_TERMS, type Language, WORDS, type Words } from './words.ts'

/** Who reads the page, and how times, terms and titles are written for them. */
export interface Reader {
  readonly language: Language
  readonly words: Words
  readonly time: (at: number) => string
  /** What is recorded in English. */
  readonly term: (recorded: string) => string
  readonly say: (title: Title) => string
}

/** `terms`: Arabic for what the vendors record, beyond the terms that all share. */
export function readerOf(language: Language, terms: Readonly<Record<string, string>>): Reader {
  const clock = new Intl.DateTimeFormat(language === 'ar' ? 'ar-SA-u-ca-gregory-nu-latn' : 'en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return {
    language,
    words: WORDS[language],
    time: (at) => clock.format(at),
    term: (recorded) => (language === 'ar' ? (terms[recorded] ?? ARABIC_TERMS[recorded] ?? recorded) : recorded),
    say: (title) => title[language],
  }
}
