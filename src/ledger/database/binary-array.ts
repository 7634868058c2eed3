/**
 * Arrays in Postgres' binary format, for the statements that take thousands of rows at once: parsing array literals is
 * what makes the text format slow. The statement must cast the parameter (`$1::text[]`), because bytes carry no type.
 *
 * Layout: dimensions, has-null flag, element oid, then per dimension size and lower bound, then per element its length
 * (-1 for null) and bytes. An empty array has no dimension.
 */
import { assertStorableText, isStorableText } from './storable-text.ts'

const oid = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25, uuid: 2950 } as const

const headerBytes = 12
const dimensionBytes = 8
const nullLength = -1

/** Throws TEXT_NOT_STORABLE for text that Postgres would refuse or change. */
export function textArray(values: readonly (string | null)[]): Buffer {
  // Asked of all of them at once. What is not ASCII takes more bytes than it has characters.
  const all = values.join(',')
  if (!isStorableText(all)) refuse(values)
  const bytes = Buffer.byteLength(all)
  return encode(oid.text, values, bytes, bytes === all.length ? putAscii : putText)
}

function refuse(values: readonly (string | null)[]): void {
  for (const [index, value] of values.entries()) if (value !== null) assertStorableText(value, `at index ${index}`)
}

const putText = (array: Buffer, offset: number, value: string): number => array.write(value, offset, 'utf8')

function putAscii(array: Buffer, offset: number, value: string): number {
  // A call into the runtime costs more than to copy a short text here.
  if (value.length > SHORT) return array.write(value, offset, 'latin1')
  for (let index = 0; index < value.length; index += 1) array[offset + index] = value.charCodeAt(index)
  return value.length
}
const SHORT = 48

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  let bytes = 0
  for (const value of values) bytes += value?.byteLength ?? 0
  return encode(oid.bytea, values, bytes, (array, offset, value) => {
    array.set(value, offset)
    return value.byteLength
  })
}

/** A number must be a safe integer. Throws a RangeError for anything that does not fit 64 bits. */
export function int8Array(values: readonly (bigint | number | null)[]): Buffer {
  return encode(oid.int8, values, values.length * 8, (array, offset, value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new RangeError(`${value} is not a safe integer`)
    if (typeof value === 'bigint') return array.writeBigInt64BE(value, offset) - offset
    const high = Math.floor(value / WORD)
    array.writeInt32BE(high, offset)
    array.writeUInt32BE(value - high * WORD, offset + 4)
    return 8
  })
}

/** As many numbers as 32 bits can tell apart. */
const WORD = 2 ** 32

/** Throws a RangeError for anything that is not an integer of 32 bits. */
export function int4Array(values: readonly (number | null)[]): Buffer {
  return encode(oid.int4, values, values.length * 4, (array, offset, value) => {
    if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer`)
    array.writeInt32BE(value, offset)
    return 4
  })
}

export function boolArray(values: readonly (boolean | null)[]): Buffer {
  return encode(oid.bool, values, values.length, (array, offset, value) => {
    array[offset] = value ? 1 : 0
    return 1
  })
}

/** Takes uuids in their text form, dashes optional. Throws a RangeError for anything else. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return encode(oid.uuid, values, values.length * 16, (array, offset, value) => {
    const digits = value.replaceAll('-', '')
    if (!/^[0-9a-f]{32}$/i.test(digits)) throw new RangeError('a value is not a uuid')
    return array.write(digits, offset, 'hex')
  })
}

/** `bytesMax` bounds the elements' bytes; `put` writes one element and says how many bytes it took. */
function encode<Value>(
  elementOid: number,
  values: readonly (Value | null)[],
  bytesMax: number,
  put: (array: Buffer, offset: number, value: Value) => number,
): Buffer {
  if (values.length === 0) return emptyArray(elementOid)
  const array = Buffer.allocUnsafe(headerBytes + dimensionBytes + values.length * 4 + bytesMax)
  array.writeInt32BE(1, 0)
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  array.writeInt32BE(elementOid, 8)
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
  let offset = headerBytes + dimensionBytes
  for (const value of values) {
    const taken = value === null ? 0 : put(array, offset + 4, value)
    array.writeInt32BE(value === null ? nullLength : taken, offset)
    offset += 4 + taken
  }
  return array.subarray(0, offset)
}

function emptyArray(elementOid: number): Buffer {
  const array = Buffer.alloc(headerBytes)
  array.writeInt32BE(elementOid, 8)
  return array
}
