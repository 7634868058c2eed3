import type { StepScope } from '../engine/services.ts'
import type { Personal } from '../flow/personal.ts'
import type { Vault } from './vault.ts'

export interface PersonalService {
  /** The value in clear, for this step alone: what it returns must hold it sealed again. Throws `PersonErased`. */
  open<Value>(value: Personal<Value>): Promise<Value>
  /** Sealed for nobody in particular: under a key of this run. */
  seal<Value>(value: Value): Promise<Personal<Value>>
}

declare module '../flow/effect.ts' {
  interface Services {
    readonly personal: PersonalService
  }
}

/** Personal values as one attempt of one step may open them. */
export const personalService = (
  vault: Pick<Vault, 'open' | 'seal'>,
  { tenant, run }: Pick<StepScope, 'tenant' | 'run'>,
): PersonalService => ({
  // What is inside has the type that was sealed: the vault authenticates the text.
  open: async <Value>(value: Personal<Value>) => (await vault.open(tenant, value)) as Value,
  // The mark of the type is never present at run time.
  seal: async <Value>(value: Value) => (await vault.seal(tenant, run, value)) as Personal<Value>,
})
