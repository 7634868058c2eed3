import type { ChoiceOn, FixedApprovers, Gate } from '../flow/gate.ts'
import { isOutside } from '../flow/effect.ts'
import type { Steps } from '../flow/workflow.ts'
import type { TaskOpened } from '../ledger/patch.ts'
import { digestOf } from './digest.ts'

/** A slot is one approval that is needed, by somebody who holds one of the roles. */
export type Slot = { readonly roles: readonly string[]; readonly by: null }

/** Who must approve this packet. A gate that has been escalated may be decided by more people. */
export function slotsOf(gate: Gate, packet: unknown, escalated: boolean): readonly Slot[] {
  const more = escalated && gate.escalate !== undefined ? [gate.escalate.to] : []
  return rolesOf(approversFor(gate.approvers, packet), gate.quorum).map((roles) => ({
    roles: [...new Set([...roles, ...more])],
    by: null,
  }))
}

function approversFor(approvers: FixedApprovers | ChoiceOn, packet: unknown): FixedApprovers {
  if (typeof approvers === 'string' || !('by' in approvers)) return approvers
  const value = fieldOf(packet, approvers.by)
  const table: Readonly<Record<string, FixedApprovers>> = approvers.table
  const chosen = typeof value === 'string' ? table[value] : undefined
  if (chosen === undefined)
    throw new TypeError(`the packet's field ${approvers.by} names no row of the table of approvers`)
  return chosen
}

function rolesOf(approvers: FixedApprovers, quorum: number): readonly (readonly string[])[] {
  if (typeof approvers === 'string') return Array.from({ length: quorum }, () => [approvers])
  if ('every' in approvers) return approvers.every.map((role) => [role])
  return Array.from({ length: quorum }, () => approvers.anyOf)
}

/** What each way of deciding lets happen: the listed steps, with the actions of their effects. */
export const authorisedBy = (gate: Gate, steps: Steps): TaskOpened['authorises'] =>
  Object.fromEntries(
    Object.entries(gate.authorises).map(([outcome, names]) => [
      outcome,
      names.flatMap((name) => {
        const effect = steps[name]?.effect
        return effect !== undefined && isOutside(effect) ? [{ step: name, action: effect.action }] : []
      }),
    ]),
  )

/** The digest of what is decided on, or of what an effect is about: one field, or the whole value. */
export const subjectDigest = (value: unknown, field: string | undefined): string =>
  digestOf(field === undefined ? value : fieldOf(value, field))

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, field))
    return (value as Record<string, unknown>)[field] // an own field of an object
  throw new TypeError(`there is no field ${field}`)
}
