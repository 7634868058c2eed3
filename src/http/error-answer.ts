import { randomUUID } from 'node:crypto'
import { HTTPException } from 'hono/http-exception'
import type { Log } from '../composition/log.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import type { Issue } from '../flow/schema.ts'
import { DatabaseError } from '../ledger/database/database-error.ts'
import { LedgerRefused } from '../ledger/database/ledger-refused.ts'
import { MalformedId } from '../ledger/ids.ts'
import { PersonErased } from '../trust/vault-error.ts'
import { HttpRefusal, type HttpRefusalCode, httpRefusalKinds } from './http-refusal.ts'

export interface ErrorAnswer {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 500 | 503
  readonly error: {
    /** Stable: a program decides by it. */
    readonly code: string
    readonly message: { readonly en: string; readonly ar: string }
    /** Where a value is wrong and how; never the value. */
    readonly issues?: readonly Issue[]
  }
}

/** What the caller is told. An expected refusal is information; anything else is logged as a bug, under the id it is told by. */
export function errorAnswerOf(error: unknown, log: Log): ErrorAnswer {
  if (error instanceof Refusal) return answer(error.httpStatus, error.code, error.words, error.issues)
  if (error instanceof HttpRefusal) return ofKind(error.code, error.issues)
  if (error instanceof MalformedId) return errorAnswerOf(new Refusal('MALFORMED_ID', { what: 'The id' }), log)
  if (error instanceof PersonErased) return errorAnswerOf(new Refusal('PERSON_ERASED'), log)
  if (error instanceof HTTPException && error.status === 400) return ofKind('MALFORMED_JSON', [])
  if (error instanceof DatabaseError && ['DATABASE_INTERRUPTED', 'DATABASE_CLOSED'].includes(error.code)) {
    log.warn({ error }, 'a request was not answered')
    return ofKind('UNAVAILABLE', [])
  }
  if (error instanceof LedgerRefused) {
    log.error({ error }, 'the ledger is not here any more')
    return ofKind('UNAVAILABLE', []) // Where it is now is not the caller's business.
  }
  const id = randomUUID()
  log.error({ id, error }, 'a request failed')
  return ofKind('INTERNAL', [], id)
}

function ofKind(code: HttpRefusalCode, issues: readonly Issue[], id = ''): ErrorAnswer {
  const { status, en, ar } = httpRefusalKinds[code]
  return answer(status, code, { en: en.replace('{id}', id), ar: ar.replace('{id}', id) }, issues)
}

const answer = (
  status: ErrorAnswer['status'],
  code: string,
  message: ErrorAnswer['error']['message'],
  issues: readonly Issue[],
): ErrorAnswer => ({ status, error: { code, message, ...(issues.length === 0 ? {} : { issues }) } })
