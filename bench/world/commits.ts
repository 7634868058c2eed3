import type { Database, Param, Session, Statement } from '../../src/ledger/database/database.ts'

/**
 * Tells of every commit of the engine in this process: whoever waits for what a run does next need not ask every few milliseconds,
 * and take from the measured what the asking costs.
 */
export function hearCommits({ engine }: Database, onCommit: () => void): void {
  const before: Session = { ...engine }
  const heard: Session = {
    async query<Row extends object>(statement: Statement, params?: readonly Param[]) {
      const rows = await before.query<Row>(statement, params)
      if (statement.name === 'commit_batch') onCommit()
      return rows
    },
  }
  Object.assign(engine, heard)
}
