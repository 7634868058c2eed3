import { setTimeout as delay } from 'node:timers/promises'
import { DELAY_MS, type FaultKind, type Faults, RETRY_AFTER_SECONDS } from './faults.ts'
import type { Incoming, Reply, Route, Silence } from './http-server.ts'
import type { SandboxRecord } from './record.ts'

/** How one vendor says no. */
export interface Noes {
  readonly refusal: Reply
  readonly failure: Reply
  readonly limit: Reply
}

export interface Operation {
  /** Where one address serves several operations, the request tells which. */
  readonly name: string | ((incoming: Incoming) => string)
  readonly method: Route['method']
  readonly path: string
  /** The reply to a caller who is not let in; undefined lets in. */
  readonly guard: (incoming: Incoming) => Reply | undefined
  readonly answer: (incoming: Incoming) => Reply
}

/** A vendor's operation as a route: recorded, guarded, and befallen by the faults that were asked for. */
export const vendorRoute = (
  vendor: string,
  { name, method, path, guard, answer }: Operation,
  noes: Noes,
  record: SandboxRecord,
  faults: Faults,
): Route => ({
  method,
  path,
  answer: (incoming) => {
    const operation = typeof name === 'string' ? name : name(incoming)
    const fault = faults.take(vendor, operation)
    record.addRequest({
      vendor,
      operation,
      fault,
      body: incoming.raw.toString('utf8') || incoming.query.toString(),
    })
    const before = fault === undefined ? undefined : insteadOfActing(fault, noes)
    if (before !== undefined) return before
    const reply = guard(incoming) ?? record.together(() => answer(incoming))
    if (fault === 'delay') return delay(DELAY_MS, reply)
    return fault === undefined || reply.status >= 300 ? reply : afterActing(fault, reply, noes)
  },
})

function insteadOfActing(fault: FaultKind, { refusal, failure, limit }: Noes): Reply | Silence | undefined {
  if (fault === 'hang' || fault === 'drop') return fault
  if (fault === 'refuse') return refusal
  if (fault === 'fail') return failure
  if (fault === 'limit') return { ...limit, headers: { ...limit.headers, 'retry-after': String(RETRY_AFTER_SECONDS) } }
  return undefined
}

function afterActing(fault: FaultKind, reply: Reply, { failure }: Noes): Reply | Silence {
  switch (fault) {
    case 'hang after acting':
      return 'hang'
    case 'drop after acting':
      return 'drop'
    case 'fail after acting':
      return failure
    case 'malformed after acting':
      return { status: reply.status, headers: { 'content-type': 'application/json' }, body: '{"half an ans' }
    case 'missing fields after acting':
      // Where the answer has no JSON its fields are its headers.
      return hasFields(reply) ? { ...reply, body: {} } : { status: reply.status, body: '' }
    case 'unknown fields':
      return hasFields(reply)
        ? { ...reply, body: Object.assign({ addedNextYear: { by: 'the vendor' } }, reply.body) }
        : { ...reply, headers: { ...reply.headers, 'x-added-next-year': 'by the vendor' } }
    default:
      return reply
  }
}

const hasFields = ({ body }: Reply) => typeof body === 'object' && !Buffer.isBuffer(body)

export const bearerIs = (incoming: Incoming, token: string): boolean =>
  incoming.headers.authorization === `Bearer ${token}`
