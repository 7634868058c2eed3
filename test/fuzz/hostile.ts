/** Texts, numbers and values that somebody careless or somebody malicious sends. */
import fc from 'fast-check'

const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units))

const known = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\uD800',
  '\uDC00\uD800',
  '\uFEFF',
  '\u202Egnp.exe',
  'null',
  'undefined',
  'NaN',
  'true',
  '-0',
  '1e999',
  '٣٤',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../../../../etc/passwd',
  '..\\..\\windows',
  "' or 1=1; drop table sijil.runs; --",
  '$1',
  '${7*7}',
  '{{7*7}}',
  '{run}',
  '%00',
  '%s%n',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: x=1',
  '01990f6e-0000-7000-8000-000000000000',
  '01990F6E-0000-7000-8000-000000000000',
  '00000000-0000-0000-0000-000000000000',
  '{01990f6e-0000-7000-8000-000000000000}',
  'ar',
  '\u{1F600}'.repeat(20),
] as const
const long = fc.constantFrom(300, 5_000, 70_000).map((length) => 'x'.repeat(length))

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...known) },
  { weight: 2, arbitrary: codeUnits },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: long },
)

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, -1, 1.5, 0.1 + 0.2, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, -1e308, 5e-324),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

const POLLUTING = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'toJSON',
  'then',
  'length',
  'size',
  'sealed',
] as const

/** An object with an own field of the name, also of `__proto__`, as JSON can carry it. */
export const withField = (value: object, name: string, field: unknown): object =>
  Object.defineProperty({ ...value }, name, { value: field, enumerable: true, configurable: true, writable: true })

const name = fc.oneof(fc.constantFrom(...POLLUTING), hostileText)

/** Any value that JSON can carry, the deep ones included. */
export const hostileValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(hostileText, hostileNumber, fc.constantFrom(null, true, false)),
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4 })
      .map((fields) => fields.reduce<object>((value, [key, field]) => withField(value, key, field), {})),
  ),
})).value

/** Depths that a stack must not be broken by. The text of it: JSON.stringify itself may not go so deep. */
export const deepJson: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(100, 1_000, 10_000, 100_000, 500_000), fc.constantFrom('[', '{"a":'))
  .map(([depth, open]) => {
    const levels = Math.min(depth, Math.floor(1_000_000 / (open.length + 1)))
    return open.repeat(levels) + (open === '[' ? '' : '1') + (open === '[' ? ']' : '}').repeat(levels)
  })

/** A part of a path as it travels: cut off, encoded twice, encoded wrongly, much too long. */
export const hostilePathPart: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '%',
    '%0',
    '%ZZ',
    '%00',
    'x%00y',
    '%C0%AF',
    '%FF%FE',
    '%ED%A0%80',
    '..',
    '.',
    '%2e%2e',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%2f..%2f',
    '..%5c..%5c',
    '%252e%252e%252f',
    '*',
    ':run',
    '{run}',
    '%7Brun%7D',
    ';jsessionid=1',
    '-1',
    '0',
    '1e3',
    '%0d%0aSet-Cookie:%20x=1',
    '%F0%9F%98%80',
    '%D9%85',
  ),
  fc.constantFrom(200, 4_000, 12_000).map((length) => 'a'.repeat(length)),
  fc.constantFrom(200, 2_000).map((length) => '%41'.repeat(length)),
  hostileText.filter((text) => text.length < 300).map((text) => encodeURIComponent(text.toWellFormed()) || '%20'),
)
