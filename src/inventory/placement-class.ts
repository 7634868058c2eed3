import type { Words } from './words.ts'

export type PlacementClass = 'short' | 'medium' | 'long'

/** From the least durable to the most. */
export const PLACEMENT_CLASSES = ['short', 'medium', 'long'] as const satisfies readonly PlacementClass[]

export const CLASS_WORDS: Readonly<Record<PlacementClass, Words>> = {
  short: { en: 'short', ar: 'قصير' },
  medium: { en: 'medium', ar: 'متوسط' },
  long: { en: 'long', ar: 'طويل' },
}

export const isHigher = (one: PlacementClass, other: PlacementClass): boolean =>
  PLACEMENT_CLASSES.indexOf(one) > PLACEMENT_CLASSES.indexOf(other)

export const higherOf = (one: PlacementClass, other: PlacementClass): PlacementClass =>
  isHigher(one, other) ? one : other
