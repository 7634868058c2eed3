/**
 * The roles that other systems play for steps, named by what they do and never by their vendor: one file each in `roles/`.
 * Requests and answers are plain JSON. No request carries a key: it comes from the scope of the attempt, so that no step can
 * forget or reuse it.
 */
export type * from './roles/calendar.ts'
export type * from './roles/crm.ts'
export type * from './roles/desk.ts'
export type * from './roles/documents.ts'
export type * from './roles/email.ts'
export type * from './roles/esign.ts'
export type * from './roles/language.ts'
export type * from './roles/purpose.ts'
export type * from './roles/llm.ts'
export type * from './roles/research.ts'
export type * from './roles/sms.ts'
export type * from './roles/whatsapp.ts'
