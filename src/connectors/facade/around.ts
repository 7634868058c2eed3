import type { EffectScope, HeldBack } from '../../engine/systems.ts'
import type { ConfiguredConnector } from '../configured-connector.ts'
import type { LimitedAccount } from '../../ledger/rate-limits.ts'
import type { Rate } from './call-limits.ts'

/** One call, as far as it matters to what happens around it. */
export interface CallOf {
  readonly account: LimitedAccount
  readonly operation: string
  /** What the operation declares. */
  readonly rate: Rate
}

/** What happens around a call: whether it may begin now, and what follows from how it went. */
export interface Around {
  /** Throws `EffectHeldBack` when it does not let the work begin. */
  through<Answer>(
    of: CallOf,
    scope: Pick<EffectScope, 'mode' | 'tenant' | 'now' | 'deadline'>,
    work: () => Promise<Answer>,
  ): Promise<Answer>
  /** For what waits: whether to go on waiting. Undefined: it may be tried. */
  holdsBack(tenant: string, account: LimitedAccount): Promise<HeldBack | undefined>
}

/** Nothing: for what is tried without a ledger. */
export const unguarded: Around = { through: (_of, _scope, work) => work(), holdsBack: async () => undefined }

/** An account as its limits and pauses are kept in the ledger. */
export const limitedAccount = ({
  account,
  connector,
}: Pick<ConfiguredConnector, 'account' | 'connector'>): LimitedAccount => ({
  tenant: account.tenant ?? '',
  connector: connector.key,
  account: account.name,
})
