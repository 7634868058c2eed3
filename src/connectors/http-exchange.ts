import { fetch, type Response } from 'undici'
import { neverConnected } from './never-connected.ts'
import { dispatcherFor, isNotAllowed } from './reach.ts'

/** What came of one request. Whether that is good or bad news depends on whether the request was to change something. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Headers; readonly body: unknown }
  /** No byte of it reached the other side. */
  | { readonly kind: 'not sent'; readonly cause: unknown }
  /** It left, or may have, and no answer came back in time. */
  | { readonly kind: 'no answer'; readonly timedOut: boolean; readonly cause: unknown }

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The configured address of the vendor; the path cannot lead away from it. */
  readonly base: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, as a form when it is `URLSearchParams`, and as it is when it is a `Buffer`. */
  readonly body?: unknown
  /** `bytes`: the answer's body is a `Buffer` instead of what its JSON says. */
  readonly answer?: 'bytes'
  readonly signal: AbortSignal
}

/** The connection itself failed: no byte of the request left. */
export const wasNeverSent = (cause: unknown): boolean => neverConnected(cause) || isNotAllowed(cause)

/** Makes one HTTP request. Never throws for what the network or the other side does. Follows no redirect. */
export async function exchange(request: HttpRequest): Promise<Exchange> {
  const { method, signal } = request
  const { contentType, bytes } = encoded(request.body)
  const address = addressOf(request)
  let response: Response
  try {
    response = await fetch(address, {
      dispatcher: dispatcherFor(address),
      method,
      redirect: 'manual',
      signal,
      headers: { accept: 'application/json', ...contentType, ...request.headers },
      ...(bytes === undefined ? {} : { body: bytes }),
    })
  } catch (cause) {
    if (wasNeverSent(cause)) return { kind: 'not sent', cause }
    return { kind: 'no answer', timedOut: signal.aborted, cause }
  }
  return received(response, request)
}

async function received(response: Response, { signal, answer }: HttpRequest): Promise<Exchange> {
  const { status, headers } = response
  try {
    const body = answer === 'bytes' ? Buffer.from(await response.arrayBuffer()) : json(await response.text())
    return { kind: 'answered', status, headers: new Headers([...headers]), body }
  } catch (cause) {
    return { kind: 'no answer', timedOut: signal.aborted, cause }
  }
}

function encoded(body: unknown) {
  if (body === undefined) return { contentType: {}, bytes: undefined }
  if (Buffer.isBuffer(body)) return { contentType: {}, bytes: new Uint8Array(body) }
  return body instanceof URLSearchParams
    ? { contentType: { 'content-type': 'application/x-www-form-urlencoded' }, bytes: body.toString() }
    : { contentType: { 'content-type': 'application/json' }, bytes: JSON.stringify(body) }
}

/** What paths are added to: a base that does not end in a slash would lose its last part. */
export const rootOf = (base: string): URL => new URL(base.endsWith('/') ? base : `${base}/`)

/** Every part of `path` is ours; ids in it come encoded. */
function addressOf({ base, path, query = {} }: HttpRequest): URL {
  const root = rootOf(base)
  const address = new URL(path, root)
  if (!address.href.startsWith(root.href)) throw new TypeError('the path leads away from the configured address')
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return address
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
