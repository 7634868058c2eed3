/** Bodies that no operation with a JSON body may take, whatever they say. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { deepJson } from './hostile.ts'
import type { Header } from './http-request.ts'

export interface Body {
  readonly flaw: string
  readonly bytes: Buffer<ArrayBuffer> | undefined
  readonly headers: readonly Header[]
}

const JSON_TYPE: Header = ['content-type', 'application/json']
export const jsonBody = (flaw: string, value: unknown): Body => textBody(flaw, JSON.stringify(value) ?? '')
const textBody = (flaw: string, text: string | Buffer, headers: readonly Header[] = [JSON_TYPE]): Body => ({
  flaw,
  bytes: Buffer.from(text),
  headers,
})

const NOT_JSON_TYPES = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonx',
  'application',
  'x',
  '*/*',
  'application/octet-stream',
] as const

const BODY_BYTES_MAX = 1024 * 1024

/** `value`: what would be taken if it came as it should. */
export function unreadable(value: fc.Arbitrary<unknown>): fc.Arbitrary<Body> {
  const text = value.map((whole) => JSON.stringify(whole))
  return fc.oneof(
    fc
      .tuple(text, fc.double({ min: 0, max: 0.99, noNaN: true }))
      .map(([whole, part]) => textBody('truncated JSON', whole.slice(0, Math.floor(whole.length * part)))),
    text.map((whole) => textBody('JSON and more', `${whole} ${whole}`)),
    text.map((whole) => textBody('a comment in JSON', `/* */ ${whole}`)),
    text.map((whole) => textBody('UTF-16', Buffer.from(whole, 'utf16le'))),
    text.map((whole) =>
      textBody('bytes that are not UTF-8', Buffer.concat([Buffer.from(whole), Buffer.from([0xff, 0xfe, 0xc0, 0xaf])])),
    ),
    text.map((whole) => {
      const end = Math.max(0, whole.lastIndexOf('"'))
      const parts = [Buffer.from(whole.slice(0, end)), Buffer.from([0xc3]), Buffer.from(whole.slice(end))]
      return textBody('half a character within a text', Buffer.concat(parts))
    }),
    text.map((whole) => textBody('compressed', gzipSync(whole), [JSON_TYPE, ['content-encoding', 'gzip']])),
    fc
      .tuple(text, fc.constantFrom(...NOT_JSON_TYPES))
      .map(([whole, type]) => textBody(`called ${type}`, whole, [['content-type', type]])),
    text.map((whole) => textBody('of no type', whole, [['content-type', '']])),
    fc.constant<Body>({ flaw: 'no body', bytes: undefined, headers: [JSON_TYPE] }),
    fc
      .constantFrom(' ', '\0', 'null', '[]', '""', '7', 'NaN', "{'a':1}", '{a:1}', '<a/>', '\uFEFF')
      .map((whole) => textBody('no object', whole)),
    { weight: 1, arbitrary: deepJson.map((whole) => textBody('nothing but depth', whole)) },
  )
}

const DEEP = '-deep-'
/** `shaped`: a value around one that is so deep that no workflow means it. */
export const deepWithin = (shaped: (deep: string) => unknown): fc.Arbitrary<Body> =>
  deepJson.map((deep) => textBody('depth within', JSON.stringify(shaped(DEEP)).replace(`"${DEEP}"`, deep)))

/** More than may come. Rare: each takes its time. */
export const oversized: fc.Arbitrary<Body> = fc
  .tuple(fc.constantFrom(1, 7, BODY_BYTES_MAX), fc.constantFrom(' ', 'x', '['))
  .map(([more, of]) => textBody('more than 1 MB', of.repeat(BODY_BYTES_MAX + more)))
