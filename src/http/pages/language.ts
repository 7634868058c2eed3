export type Language = 'ar' | 'en'
export interface Words {
  readonly en: string
  readonly ar: string
}

const isLanguage = (text: string | undefined): text is Language => text === 'ar' || text === 'en'

/** `?lang=` wins over what the person reads by default. */
export const languageOf = (wanted: string | undefined, own: Language): Language => (isLanguage(wanted) ? wanted : own)

/** For somebody we do not know: what their browser asks for first, else Arabic. */
export const languageOfBrowser = (accepted: string | undefined): Language =>
  /^\s*en\b/i.test(accepted ?? '') ? 'en' : 'ar'

/** The organisation's clock on the wall. */
const timeZone = 'Asia/Riyadh'
/** Gregorian in both, with the digits that each reads. */
const locales: Readonly<Record<Language, string>> = {
  ar: 'ar-SA-u-ca-gregory-nu-arab',
  en: 'en-GB-u-ca-gregory-nu-latn',
}

export const dateTimeIn = (language: Language, instant: number): string =>
  new Intl.DateTimeFormat(locales[language], {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  }).format(instant)

export const numberIn = (language: Language, value: number): string =>
  new Intl.NumberFormat(locales[language], { maximumFractionDigits: 6 }).format(value)
