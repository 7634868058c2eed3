/** As much of DER (X.690) as a certificate needs. */
export const encoded = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => encoded(0x30, ...parts)
export const set = (...parts: readonly Buffer[]): Buffer => encoded(0x31, ...parts)
/** Its first byte is from 1 to 127: positive, and without padding. */
export const integer = (bytes: Buffer): Buffer => encoded(0x02, bytes)
export const text = (value: string): Buffer => encoded(0x0c, Buffer.from(value))
export const yes = encoded(0x01, Buffer.from([0xff]))
export const octets = (bytes: Buffer): Buffer => encoded(0x04, bytes)
export const bits = (bytes: Buffer, unused = 0): Buffer => encoded(0x03, Buffer.from([unused]), bytes)
/** A field with a number of its own, made of others. */
export const field = (number: number, ...parts: readonly Buffer[]): Buffer => encoded(0xa0 | number, ...parts)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...more] = dotted.split('.').map(Number)
  return encoded(0x06, Buffer.from([first * 40 + second, ...more.flatMap(base128)]))
}

/** Until 2049. */
export const time = (at: number): Buffer =>
  encoded(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >>> 8, length & 0xff])
}
