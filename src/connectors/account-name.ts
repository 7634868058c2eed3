/** Which of the accounts with a vendor: a tenant may have several. */
export interface AccountName {
  /** Undefined: it serves every tenant. */
  readonly tenant: string | undefined
  readonly name: string
}

/** The one that the variables of the environment describe. */
export const ENVIRONMENT_ACCOUNT: AccountName = { tenant: undefined, name: 'default' }
