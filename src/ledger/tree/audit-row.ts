import { canonical } from '../../flow/canonical.ts'
import { leafHash } from './merkle.ts'

/** One line of the audit log, as it is sealed. It holds names, keys and digests, never a personal value. */
export interface AuditRow {
  readonly tenant: string
  readonly id: number
  /** Milliseconds since 1970; microseconds are its fraction. */
  readonly at: number
  readonly actor: string
  readonly what: string
  readonly run: string | null
  readonly subject: string
  readonly old: string | null
  readonly new: string | null
  readonly source: string
  readonly why: string | null
}

/** The leaf of the row: every field, in this order for good. Throws `TypeError` for a time that is no number. */
export function auditLeaf(row: AuditRow): Buffer {
  const { tenant, id, at, actor, what, run, subject, source, why } = row
  return leafHash(canonical([tenant, id, at, actor, what, run, subject, row.old, row.new, source, why]))
}
