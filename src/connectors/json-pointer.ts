/** The value at a JSON pointer (RFC 6901): `/company/names/0`; undefined where there is none. The empty pointer is the whole. */
export function valueAt(whole: unknown, pointer: string): unknown {
  let value = whole
  for (const token of tokensOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[token] // an array is asked by its indices, which are names too
  }
  return value
}

export const isPointer = (text: string): boolean => /^(\/([^~/]|~[01])*)*$/.test(text)

const tokensOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
