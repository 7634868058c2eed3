/** The deal that a run is part of. Operators search for it, also in Temporal, where it is not sealed: so it names nobody. */
import type { Contract } from '../flow/contract.ts'
import { isPlainObject } from '../flow/plain-object.ts'

/** As the ids of tenants and people, and not a number alone: those that the state or a telephone company gave are a person's own. */
const DEAL = /^(?=.*[a-z])[a-z0-9][a-z0-9-]{0,62}$/

export const DEAL_FORM =
  'must be lower-case letters, digits and dashes, with a letter, at most 63 — أحرف لاتينية صغيرة وأرقام وشرطات، وفيها حرف'

type Named = Pick<Contract, 'deal'>

/** The field that should hold the deal's id and does not; undefined when all is well. */
export const misnamedDeal = ({ deal }: Named, input: unknown): string | undefined =>
  deal === undefined || idIn(deal, input) !== undefined ? undefined : deal

/** The id that the input names; else the run's own, which begins the deal. */
export const dealOf = ({ deal }: Named, input: unknown, run: string): string =>
  (deal === undefined ? undefined : idIn(deal, input)) ?? run

function idIn(field: string, input: unknown): string | undefined {
  const id = isPlainObject(input) ? input[field] : undefined
  return typeof id === 'string' && DEAL.test(id) ? id : undefined
}
