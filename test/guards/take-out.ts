import type { Guard } from './guard.ts'
import { literally } from './literally.ts'

/** It must be once: anything else means that the code has moved on. */
const occurrences = (text: string, replace: string): number => text.match(pattern(replace))?.length ?? 0

/** The text without the guard. Throws a `RangeError` unless it stands there exactly once. */
export function takeOut(text: string, { replace, by }: { readonly replace: string; readonly by: string }): string {
  const found = occurrences(text, replace)
  if (found !== 1) throw new RangeError(`what the guard replaces stands there ${found} times and must stand there once`)
  return text.replace(pattern(replace), () => by.trimEnd())
}

/** The guards that cannot be taken out of the code as it is now, each with its reason. */
export function misplaced(
  guards: readonly Pick<Guard, 'name' | 'file' | 'replace' | 'by'>[],
  read: (path: string) => string,
): readonly string[] {
  return guards.flatMap(({ name, file, replace, by }) => {
    const text = read(file)
    const found = occurrences(text, replace)
    if (found !== 1)
      return [
        `${name}: what it replaces stands ${found} times in ${file}, and must stand there once. Mend ${name}.yaml, then npm run test:guards -- --only ${name}`,
      ]
    return takeOut(text, { replace, by }) === text ? [`${name}: what it puts there was there before`] : []
  })
}

/** Line breaks and indentation may differ, so that a formatter does not put a guard out of reach. */
const pattern = (replace: string): RegExp => new RegExp(replace.trim().split(/\s+/).map(literally).join('\\s+'), 'g')
