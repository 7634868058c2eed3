import { createHash } from 'node:crypto'

/**
 * Our key in the form in which it fits a vendor's field: itself, or a digest of it where it is longer than `maxLength`
 * characters. Whoever compares a key that a vendor gives back applies the same function to the keys it knows.
 */
export const keyOnTheWire = (key: string, maxLength: number): string =>
  key.length <= maxLength ? key : `sha256-${digestOf(key)}`

/** 64 hexadecimal digits that stand for the key and tell nothing of it. */
export const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex')
