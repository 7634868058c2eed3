import { EffectHeldBack } from '../../flow/failure.ts'
import {
  askForPause,
  askForResume,
  type Pause,
  type PausedAccount,
  type Resumed,
  readPauses,
} from '../../ledger/connector-pauses.ts'
import type { Database } from '../../ledger/database/database.ts'
import type { By } from '../../ledger/requests/requests.ts'

/** How old what another process has paused may be when it is minded here. */
const FRESH_MS = 1_000
/** When what was held back looks for the first time. From then on nothing but a resume keeps it from going on at once. */
const FIRST_LOOK_MS = 2_000
/** How often what waits looks again, should nobody wake it. */
const LOOK_MS = 20_000
const CODE = 'CONNECTOR_PAUSED'

/** Which accounts are paused, as the ledger says; asked once a second at most. */
export class Pauses {
  readonly #database: Database
  #asked: { readonly at: number; readonly pauses: Promise<readonly Pause[]> } | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** What to throw, when it is paused for this tenant. `again`: it was held back before. */
  async of(tenant: string, { connector, account }: PausedAccount, again = false): Promise<EffectHeldBack | undefined> {
    const pauses = await this.#read()
    const isPaused = pauses.some(
      (one) => one.tenant === tenant && one.connector === connector && one.account === account,
    )
    if (!isPaused) return undefined
    const what = `${nameOf({ connector, account })} is paused. Nothing was sent; it goes on when it is resumed.`
    return new EffectHeldBack(CODE, what, again ? LOOK_MS : FIRST_LOOK_MS)
  }

  /** What is paused for a tenant, by whom, since when and why. */
  async list(tenant: string): Promise<readonly Pause[]> {
    return (await readPauses(this.#database)).filter((pause) => pause.tenant === tenant)
  }

  /** From when this answers, this process begins nothing at the account; the others within a second. */
  async pause(by: By, account: PausedAccount, why: string): Promise<'PAUSED' | 'ALREADY_PAUSED'> {
    const answer = await askForPause(this.#database, by, account, why)
    this.#asked = undefined
    return answer
  }

  /** The runs of the answer are due now: wake them, and what waited goes on at once. */
  async resume(by: By, account: PausedAccount, why: string): Promise<Resumed> {
    const answer = await askForResume(this.#database, by, account, {
      why,
      problem: `${CODE}: ${nameOf(account)} is paused`,
    })
    this.#asked = undefined
    return answer
  }

  #read(): Promise<readonly Pause[]> {
    const now = performance.now()
    if (this.#asked === undefined || now - this.#asked.at > FRESH_MS) {
      const pauses = readPauses(this.#database)
      this.#asked = { at: now, pauses }
      pauses.catch(() => {
        this.#asked = undefined
      })
    }
    return this.#asked.pauses
  }
}

const nameOf = ({ connector, account }: PausedAccount): string => `${connector}/${account}`
