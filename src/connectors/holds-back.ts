import type { HoldsBack } from '../engine/systems.ts'
import { AccountChoice } from './account-choice.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Accounts } from './accounts.ts'
import { type Around, limitedAccount } from './facade/around.ts'
import { ledgerSilent } from './facade/ledger-silent.ts'

/**
 * Whether what waits must go on waiting, as the account says through which it would go: the one that its run is bound to, which need not be
 * the one that the tenant uses now.
 */
export function openHoldsBack(
  accounts: Accounts,
  { memory, around }: { readonly memory: AccountMemory; readonly around: Around },
): HoldsBack {
  const choice = new AccountChoice(accounts, memory)
  return async (role) => {
    try {
      const player = await choice.next(role)
      return player && (await around.holdsBack(role.tenant, limitedAccount(player)))
    } catch {
      return ledgerSilent()
    }
  }
}
