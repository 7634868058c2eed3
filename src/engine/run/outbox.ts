import type { AuditRow, RareWrite, RecordRow } from '../../ledger/patch.ts'

/** What a run has ready to write. Records get their sequence when they are sent. */
export interface Writes {
  readonly records: readonly Omit<RecordRow, 'seq'>[]
  readonly audits: readonly AuditRow[]
  readonly rare: readonly RareWrite[]
}

export const nothing: Writes = { records: [], audits: [], rare: [] }

export const isNothing = ({ records, audits, rare }: Writes): boolean =>
  records.length + audits.length + rare.length === 0

export const join = (one: Writes, other: Writes): Writes => ({
  records: [...one.records, ...other.records],
  audits: [...one.audits, ...other.audits],
  rare: [...one.rare, ...other.rare],
})

/** An audit row of something that the engine itself did. It holds no values: digests and states only. */
export const noted = (
  what: string,
  subject: string,
  from: string | null,
  to: string | null,
  why: string | null = null,
): AuditRow => ({
  actor: 'sijil',
  what,
  subject,
  old: from,
  new: to,
  why,
})
