import type { Session, Statement } from './database.ts'
import { LedgerRefused } from './ledger-refused.ts'

/** Where a ledger is that was moved, or is being moved, as a whole: see `0005_whereabouts.sql`. */
export interface Whereabouts {
  readonly state: 'leaving' | 'arriving' | 'here' | 'moved'
  /** The same on both sides. */
  readonly move: string
  /** The other side, as a person calls it. */
  readonly other: string
}

const hasTable: Statement = {
  name: 'whereabouts.has_table',
  text: "select to_regclass('sijil.whereabouts') is not null as known",
}
const stored: Statement = { name: 'whereabouts.read', text: 'select state, move::text, other from sijil.whereabouts' }

/** Undefined for a ledger that nobody ever began to move, and where there is none. As the owner: nobody else sees it. */
export async function readWhereabouts(session: Session): Promise<Whereabouts | undefined> {
  const [table] = await session.query<{ readonly known: boolean }>(hasTable)
  if (table?.known !== true) return undefined
  const [row] = await session.query<Whereabouts>(stored)
  return row
}

/** Why nobody may use this ledger; undefined when it is open. */
export function closedBy(whereabouts: Whereabouts | undefined): LedgerRefused | undefined {
  switch (whereabouts?.state) {
    case 'moved':
      return new LedgerRefused('LEDGER_MOVED', { other: whereabouts.other })
    case 'arriving':
      return new LedgerRefused('LEDGER_ARRIVING', { other: whereabouts.other })
    case 'leaving':
    case 'here':
    case undefined:
      return undefined
  }
}

/** Throws `LedgerRefused` unless the ledger is open. */
export async function assertOpen(session: Session): Promise<void> {
  const refused = closedBy(await readWhereabouts(session))
  if (refused !== undefined) throw refused
}
