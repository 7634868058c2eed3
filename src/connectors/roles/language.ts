/** The language in which somebody is addressed. */
export type Language = 'ar' | 'en'
