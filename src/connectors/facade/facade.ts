import type { EffectScope, HeldBack } from '../../engine/systems.ts'
import { EffectHeldBack, EffectNotMade, EffectUnknown } from '../../flow/failure.ts'
import type { Database } from '../../ledger/database/database.ts'
import { closeAccount, type LimitedAccount, takeTurns } from '../../ledger/rate-limits.ts'
import type { ConnectorMetrics } from '../metrics.ts'
import type { Around, CallOf } from './around.ts'
import type { CallLimits } from './call-limits.ts'
import { ledgerSilent } from './ledger-silent.ts'
import { Pauses } from './pauses.ts'
import { TurnTaker } from './turn-taker.ts'
import { type Circuit, VendorGuard } from './vendor-guard.ts'

/** How long a call waits in this process before it is held back in the ledger. */
const PATIENCE_MS = 3_000

export interface FacadeParts {
  readonly database: Database
  readonly metrics: ConnectorMetrics
  readonly limitsOf: (connector: string) => CallLimits
}

/** An account as this process serves it. */
interface Served {
  readonly account: LimitedAccount
  readonly guard: VendorGuard
  /** By the name of the limit. */
  readonly takers: Map<string, TurnTaker>
}

/**
 * What happens around every call of a connector, in this order: not while it is paused; not while the vendor is down; at its
 * turn, which all processes on the ledger share; in a place, of which there are only so many. Whatever is not let through waits in the
 * ledger and comes back. A vendor who asks to be left alone is, by everybody.
 */
export class Facade implements Around {
  readonly pauses: Pauses
  readonly #parts: FacadeParts
  readonly #served = new Map<string, Served>()

  constructor(parts: FacadeParts) {
    this.#parts = parts
    this.pauses = new Pauses(parts.database)
  }

  async through<Answer>(
    of: CallOf,
    scope: Pick<EffectScope, 'mode' | 'tenant' | 'now' | 'deadline'>,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    const operation = `${of.account.connector}.${of.operation}`
    const { metrics } = this.#parts
    try {
      return await this.#admitted(of, scope, (waitedMs) => {
        metrics.waited(operation, waitedMs)
        return work()
      })
    } catch (error) {
      if (error instanceof EffectHeldBack) metrics.heldBack(operation, error.code)
      throw error
    }
  }

  async #admitted<Answer>(
    of: CallOf,
    { mode, tenant, now, deadline }: Pick<EffectScope, 'mode' | 'tenant' | 'now' | 'deadline'>,
    work: (waitedMs: number) => Promise<Answer>,
  ): Promise<Answer> {
    const served = this.#serve(of.account)
    const held = (await this.#paused(tenant, of.account)) ?? served.guard.heldBack()
    if (held !== undefined) throw held
    // A call must not spend on waiting what it needs to be made; a question has no deadline.
    const patienceMs = mode === 'make' ? Math.max(0, Math.min(PATIENCE_MS, (deadline - now) / 2)) : PATIENCE_MS
    return this.#takerOf(served, of).turn(patienceMs, (waitedMs) =>
      this.#inPlace(served, () => served.guard.watched(() => this.#minding(served, () => work(waitedMs)))),
    )
  }

  async #inPlace<Answer>({ guard, takers }: Served, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await guard.inPlace(work)
    } finally {
      for (const taker of takers.values()) taker.look()
    }
  }

  async holdsBack(tenant: string, account: LimitedAccount): Promise<HeldBack | undefined> {
    return (await this.#paused(tenant, account, true)) ?? this.#serve(account).guard.heldBack()
  }

  /** Whether calls may begin at an account, as far as this process has found out. */
  circuitOf(account: LimitedAccount): Circuit {
    return this.#serve(account).guard.circuit
  }

  async #paused(tenant: string, account: LimitedAccount, again = false): Promise<EffectHeldBack | undefined> {
    try {
      return await this.pauses.of(tenant, account, again)
    } catch {
      return ledgerSilent()
    }
  }

  async #minding<Answer>({ account, takers }: Served, work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work()
    } catch (error) {
      const forMs = waitAskedFor(error)
      if (forMs === undefined) throw error
      for (const taker of takers.values()) taker.forget()
      // What the vendor asked for also travels with the failure itself: should the ledger not hear it, one process minds it.
      await closeAccount(this.#parts.database, account, forMs).catch(() => undefined)
      throw error
    }
  }

  #serve(account: LimitedAccount): Served {
    const name = nameOf(account)
    const known = this.#served.get(name)
    if (known !== undefined) return known
    const guard = new VendorGuard(name, this.#parts.limitsOf(account.connector))
    const served = { account, guard, takers: new Map<string, TurnTaker>() }
    this.#served.set(name, served)
    return served
  }

  #takerOf({ account, guard, takers }: Served, of: CallOf): TurnTaker {
    const { rate } = this.#parts.limitsOf(account.connector)
    const limit = rate === undefined ? of.operation : '*'
    const known = takers.get(limit)
    if (known !== undefined) return known
    const taker = new TurnTaker({
      name: nameOf(account),
      rate: rate ?? of.rate,
      take: ({ size, windowMs }, wanted) =>
        takeTurns(this.#parts.database, { ...account, name: limit, size, windowMs }, wanted),
      mayBegin: () => guard.hasPlace,
    })
    takers.set(limit, taker)
    return taker
  }
}

const nameOf = ({ tenant, connector, account }: LimitedAccount): string =>
  [tenant, connector, account].filter((part) => part !== '').join('/')

/** What the vendor asked for, also where a question about an effect failed of it. */
function waitAskedFor(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause)
    if ((at instanceof EffectNotMade || at instanceof EffectUnknown) && at.retryAfterMs !== undefined)
      return at.retryAfterMs
  return undefined
}
