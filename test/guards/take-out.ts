import { literally } from './literally.ts'

/** How often a guard's text stands in a file. It must be once: anything else means that the code has moved on. */
export const occurrences = (text: string, replace: string): number => text.match(pattern(replace))?.length ?? 0

/** The text without the guard. Throws a `RangeError` unless it stands there exactly once. */
export function takeOut(text: string, { replace, by }: { readonly replace: string; readonly by: string }): string {
  const found = occurrences(text, replace)
  if (found !== 1) throw new RangeError(`what the guard replaces stands there ${found} times and must stand there once`)
  return text.replace(pattern(replace), () => by.trimEnd())
}

/** Line breaks and indentation may differ, so that a formatter does not put a guard out of reach. */
const pattern = (replace: string): RegExp => new RegExp(replace.trim().split(/\s+/).map(literally).join('\\s+'), 'g')
