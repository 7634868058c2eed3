import { isPlainObject } from './plain-object.ts'

/**
 * The one text of a value: object keys sorted by code unit, no white space, as JSON.
 * Digests are made of this text and the ledger stores it, so equal values have equal bytes whoever wrote them.
 * Throws `TypeError` for what JSON cannot carry (a function, a bigint, NaN, a cycle).
 */
export function canonical(value: unknown): string {
  return value !== undefined && isInOrder(value, 0) ? JSON.stringify(value) : write(value, [])
}

/**
 * Whether the runtime's own, much faster `JSON.stringify` writes the value as `write` would: plain, and every object's fields in
 * order, as in all that was decoded from such a text.
 */
function isInOrder(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || (depth < DEPTH_MAX && areInOrder(value, depth + 1))
    default:
      return false
  }
}

function areInOrder(value: object, depth: number): boolean {
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth))
  if (!isPlainObject(value)) return false
  let before = ''
  for (const name in value) {
    if (name < before || !isInOrder(value[name], depth)) return false
    before = name
  }
  return true
}

/** Deeper values, and those that contain themselves, are left to `write`. */
const DEPTH_MAX = 32

function write(value: unknown, above: object[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'undefined':
      return 'null'
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored: JSON has no such number`)
      return JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : writeObject(value, above)
    default:
      throw new TypeError(`a ${typeof value} cannot be stored: values are plain JSON`)
  }
}

/** `above` holds the objects that this one is in, while it is written. */
function writeObject(value: object, above: object[]): string {
  if (above.includes(value)) throw new TypeError('a value that contains itself cannot be stored')
  above.push(value)
  const text = Array.isArray(value) ? writeArray(value, above) : writeFields(value, above)
  above.pop()
  return text
}

const writeArray = (items: readonly unknown[], above: object[]): string => {
  let text = ''
  for (const item of items) text += `${text === '' ? '' : ','}${write(item, above)}`
  return `[${text}]`
}

function writeFields(value: object, above: object[]): string {
  if (!isPlainObject(value)) throw new TypeError(`a ${value.constructor.name} cannot be stored: values are plain JSON`)
  let text = ''
  for (const name of Object.keys(value).toSorted()) {
    const field = value[name]
    if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${write(field, above)}`
  }
  return `{${text}}`
}
