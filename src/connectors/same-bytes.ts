import { createHmac, timingSafeEqual } from 'node:crypto'

/** Whether two texts are equal, in a time that does not tell how much of them is. */
export function sameText(given: string, expected: string): boolean {
  const left = Buffer.from(given)
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}

export const hmacSha256 = (secret: string, raw: Buffer, encoding: 'hex' | 'base64'): string =>
  createHmac('sha256', secret).update(raw).digest(encoding)
