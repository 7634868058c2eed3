/**
 * The one text of a value: object keys sorted by code unit, no white space, as JSON.
 * Digests are made of this text and the ledger stores it, so equal values have equal bytes whoever wrote them.
 * Throws `TypeError` for what JSON cannot carry (a function, a bigint, NaN, a cycle).
 */
export function canonical(value: unknown): string {
  return write(value, [])
}

function write(value: unknown, above: readonly object[]): string {
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored: JSON has no such number`)
      return JSON.stringify(value)
    case 'object':
      return writeObject(value, above)
    default:
      throw new TypeError(`a ${typeof value} cannot be stored: values are plain JSON`)
  }
}

function writeObject(value: object, above: readonly object[]): string {
  if (above.includes(value)) throw new TypeError('a value that contains itself cannot be stored')
  const path = [...above, value]
  if (Array.isArray(value)) return `[${value.map((item) => write(item, path)).join(',')}]`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`a ${value.constructor.name} cannot be stored: values are plain JSON`)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${write(field, path)}`).join(',')}}`
}
