import type { Database } from '../../src/ledger/database/database.ts'

/**
 * A process that may die at any point: before and after each statement and each commit, before a message leaves and after it was
 * taken. What it had asked for happened; nobody heard of it.
 */
export class Mortal {
  points = 0
  dead = false
  readonly #dieAt: number

  /** `dieAt`: the point at which it dies; 0 for never. */
  constructor(dieAt: number) {
    this.#dieAt = dieAt
  }

  reach(): void {
    this.points += 1
    if (this.points === this.#dieAt) this.dead = true
    if (this.dead) throw new Error(`the process died at point ${this.points}`)
  }

  /** The ledger as the process sees it. `onAnswer`: what was answered, whether or not the process lives to hear it. */
  of(database: Database, onAnswer: (statement: string, rows: readonly object[]) => void): Database {
    return {
      kind: database.kind,
      engine: {
        query: async (statement, params) => {
          this.reach()
          const rows = await database.engine.query<never>(statement, params)
          onAnswer(statement.name, rows)
          this.reach()
          return rows
        },
      },
      script: (text) => database.script(text),
      transaction: async (who, work) => {
        const result = await database.transaction(who, (session) =>
          work({
            query: async (statement, params) => {
              this.reach()
              return session.query<never>(statement, params)
            },
          }),
        )
        this.reach()
        return result
      },
      close: async () => {},
    }
  }
}
