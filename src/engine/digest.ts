import { hash } from 'node:crypto'
import { canonical } from '../flow/canonical.ts'

/** SHA-256 of a text, in hex. */
export const digestOfText = (text: string): string => hash('sha256', text, 'hex')
/** SHA-256 of the canonical text of a value, in hex. */
export const digestOf = (value: unknown): string => digestOfText(canonical(value))
