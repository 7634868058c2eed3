import type { MiddlewareHandler } from 'hono'
import { HttpRefusal } from './http-refusal.ts'

const BODY_BYTES_MAX = 1024 * 1024
/** What is too large is read on for a while: a client that still sends when the line is cut sees no answer. */
const DISCARDED_BYTES_MAX = 16 * BODY_BYTES_MAX

/** Refuses a body of more than 1 MB, whether or not it says its length. Throws `HttpRefusal` BODY_TOO_LARGE. */
export const bodyLimit: MiddlewareHandler = async (c, next) => {
  const { body } = c.req.raw
  const said = c.req.header('content-length')
  if (body === null || (said !== undefined && Number(said) <= BODY_BYTES_MAX)) return next()
  const bytes = await read(body)
  if (bytes === undefined) throw new HttpRefusal('BODY_TOO_LARGE')
  const { url, method, headers } = c.req.raw
  c.req.raw = new Request(url, { method, headers, body: bytes })
  return next()
}

/** Undefined when there are too many. */
async function read(body: ReadableStream<Uint8Array>): Promise<Buffer<ArrayBuffer> | undefined> {
  const kept: Uint8Array[] = []
  let count = 0
  for await (const chunk of body) {
    count += chunk.length
    if (count <= BODY_BYTES_MAX) kept.push(chunk)
    if (count > DISCARDED_BYTES_MAX) break
  }
  return count > BODY_BYTES_MAX ? undefined : Buffer.concat(kept)
}
