import type { Database, Statement } from './database/database.ts'

/** An account with a vendor, as rate limits know it: `tenant` is '' where one account serves the whole installation. */
export interface LimitedAccount {
  readonly tenant: string
  readonly connector: string
  readonly account: string
}

/** One limit of an account. */
export interface Limit extends LimitedAccount {
  readonly name: string
  /** How many turns fit into a window. */
  readonly size: number
  readonly windowMs: number
}

export interface Wanted {
  /** How many calls wait: their turns are as early as may be. */
  readonly wanted: number
  /** How many more to give out beforehand, at even distances. */
  readonly ahead: number
  /** No turn is later than this from now. */
  readonly horizonMs: number
}

/** Turns by the ledger's clock. Whatever `size` turns follow each other, the one after them is a window later than the first. */
export interface Turns {
  readonly turns: readonly number[]
  /** When the turn after these may be. */
  readonly next: number
  readonly now: number
  /** Whether a test holds the clock. */
  readonly held: boolean
}

const take: Statement = {
  name: 'take_turns',
  text: 'select turn, next, now_ms as now, held from sijil.take_turns($1, $2, $3, $4, $5, $6, $7, $8, $9)',
}
const close: Statement = { name: 'close_account', text: 'select sijil.close_account($1, $2, $3, $4)' }

/** Takes turns for this process. Those that it does not use are lost, and nobody exceeds the limit for it. */
export async function takeTurns(
  database: Database,
  limit: Limit,
  { wanted, ahead, horizonMs }: Wanted,
): Promise<Turns> {
  const { tenant, connector, account, name, size, windowMs } = limit
  const rows = await database.engine.query<{
    readonly turn: number | null
    readonly next: number
    readonly now: number
    readonly held: boolean
  }>(take, [tenant, connector, account, name, size, windowMs, wanted, ahead, horizonMs])
  const [first] = rows
  if (first === undefined) throw new Error('the ledger gave no answer')
  const { next, now, held } = first
  return { turns: rows.flatMap(({ turn }) => turn ?? []), next, now, held }
}

/** The vendor asked to be left alone: no turn of the account is earlier than that. */
export const closeAccount = async (
  database: Database,
  { tenant, connector, account }: LimitedAccount,
  forMs: number,
): Promise<void> => void (await database.engine.query(close, [tenant, connector, account, Math.ceil(forMs)]))
