import { createHash } from 'node:crypto'
import { ofLengthOne } from '../llm-question.ts'

const DIMENSIONS = 256
const LETTERS = 3

/**
 * A vector made of the letters of a text and of nothing else: each run of three letters adds to one of 256 places, by its
 * digest. Texts that share words come near each other; texts that share only their meaning do not. Arabic is read without its
 * vowel signs and with one form for letters that are written in several.
 */
export function letterVector(text: string): readonly number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0)
  for (const word of wordsOf(text)) {
    const framed = Array.from(`^${word}$`)
    for (let from = 0; from + LETTERS <= framed.length; from += 1) {
      const digest = createHash('sha256')
        .update(framed.slice(from, from + LETTERS).join(''))
        .digest()
      const place = digest.readUInt8(0) % DIMENSIONS
      vector[place] = (vector[place] ?? 0) + (digest.readUInt8(1) % 2 === 0 ? 1 : -1)
    }
  }
  return ofLengthOne(vector)
}

const wordsOf = (text: string): readonly string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u064B-\u065F\u0670\u0640]/g, '')
    .replaceAll(/[أإآ]/g, 'ا')
    .replaceAll('ى', 'ي')
    .replaceAll('ة', 'ه')
    .match(/[\p{L}\p{N}]+/gu) ?? []
