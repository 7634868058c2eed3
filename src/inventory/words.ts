import type { Arabic } from '../flow/words.ts'

/** A phrase in both languages; unlike a title it may begin in lower case. */
export type Words = { readonly en: string; readonly ar: Arabic }
export type Language = keyof Words
