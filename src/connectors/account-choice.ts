import type { EffectScope } from '../engine/systems.ts'
import { EffectUnknown } from '../flow/failure.ts'
import type { RoleOfRun, UsedAccount } from '../ledger/run-accounts.ts'
import type { AccountMemory } from './account-memory.ts'
import type { Accounts } from './accounts.ts'
import type { ConfiguredConnector } from './configured-connector.ts'

type Asking = Pick<EffectScope, 'mode' | 'tenant' | 'key'>

/**
 * Which account plays a role for one call. A run stays with the account that it used first, also after another became the tenant's: ids
 * and records of the one mean nothing to the other. Only when that is configured no longer does the run go on with the new one.
 *
 * Whether an effect was made can be told only by the account through which it would have been. Where that is not certain, or it is
 * gone, the answer is `EffectUnknown`: to ask another would answer `never`, and it would be made twice.
 */
export class AccountChoice {
  readonly #accounts: Accounts
  readonly #memory: AccountMemory
  /** Of what this process has noted itself, so that a run's second call costs no statement. */
  readonly #noted = new Map<string, ConfiguredConnector>()

  constructor(accounts: Accounts, memory: AccountMemory) {
    this.#accounts = accounts
    this.#memory = memory
  }

  /** Undefined when nobody plays the role. `changes`: the call changes something, or is asked whether it did. */
  async of(system: string, { mode, tenant, key }: Asking, changes: boolean): Promise<ConfiguredConnector | undefined> {
    const role = { tenant, run: runOf(key), system }
    const name = `${tenant}/${role.run}/${system}`
    const noted = mode === 'make' ? this.#noted.get(name) : undefined
    if (noted !== undefined) return noted
    const used = await this.#memory.used(role)
    if (mode === 'probe' && changes) return this.#asked(role, used)
    const known = this.#configured(role, used)
    const chosen = known[0] ?? this.#accounts.playing(tenant, system)
    if (chosen === undefined || !changes) return chosen
    if (known.length === 0) await this.#memory.note(role, idOf(chosen))
    this.#keep(name, chosen)
    return chosen
  }

  /** The account through which the next change of a run would go. Nothing is noted: it may not be made after all. */
  async next(role: RoleOfRun): Promise<ConfiguredConnector | undefined> {
    const [bound] = this.#configured(role, await this.#memory.used(role))
    return bound ?? this.#accounts.playing(role.tenant, role.system)
  }

  #asked(role: RoleOfRun, used: readonly UsedAccount[]): ConfiguredConnector | undefined {
    if (used.length > 1)
      throw new EffectUnknown(
        'ACCOUNT_CHANGED',
        `This run has used several accounts for ${role.system}, and which of them made this is not on record. Look at each.`,
      )
    const [only] = this.#configured(role, used)
    if (used.length === 1 && only === undefined)
      throw new EffectUnknown(
        'ACCOUNT_GONE',
        `The account for ${role.system} that this was made with is configured no longer. Configure it again, or look there.`,
      )
    return only ?? this.#accounts.playing(role.tenant, role.system)
  }

  #configured({ tenant, system }: RoleOfRun, used: readonly UsedAccount[]): readonly ConfiguredConnector[] {
    const own = this.#accounts.of(tenant).filter(({ connector }) => connector.system === system)
    return used.flatMap(({ connector, account }) => {
      const found = own.find((one) => one.connector.key === connector && idOf(one).account === account)
      return found ?? []
    })
  }

  #keep(name: string, chosen: ConfiguredConnector): void {
    const [oldest] = this.#noted.keys()
    if (oldest !== undefined && this.#noted.size >= NOTED_MAX) this.#noted.delete(oldest)
    this.#noted.set(name, chosen)
  }
}

/** A few megabytes at most. */
const NOTED_MAX = 10_000

/** The vendor's own id where its webhooks carry one, so that another account under the same name is known for another. */
const idOf = ({ connector, webhook, account }: ConfiguredConnector): UsedAccount => ({
  connector: connector.key,
  account: webhook?.account ?? account.name,
})

/** `<run>/<step>`. */
const runOf = (key: string): string => key.slice(0, key.indexOf('/'))
