import { randomBytes } from 'node:crypto'

/** A password or token that nobody guesses. */
export const secret = (): string => randomBytes(18).toString('base64url')
