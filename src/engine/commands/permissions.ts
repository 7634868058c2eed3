import type { Role } from '../../flow/gate.ts'
import type { Actor } from './actor.ts'
import { Refusal } from './refusal.ts'

export type Act = 'start' | 'cancel' | 'retry' | 'signal' | 'resolve' | 'verify' | 'back up' | 'erase' | 'configure'

interface Permission {
  readonly roles: readonly Role[]
  /** Whoever asked for the run may do it too. */
  readonly own: boolean
}

/**
 * Who may do what. Every face asks this table, the console shows it, and deciding is not here: a task names its deciders.
 * Everybody in a tenant may read.
 */
export const permissions: Readonly<Record<Act, Permission>> = {
  start: { roles: ['requester', 'manager', 'director', 'vp', 'c-level', 'legal'], own: false },
  cancel: { roles: ['operator'], own: true },
  retry: { roles: ['operator'], own: false },
  signal: { roles: ['operator'], own: false },
  resolve: { roles: ['operator'], own: false },
  verify: { roles: ['operator', 'legal'], own: false },
  'back up': { roles: ['operator'], own: false },
  erase: { roles: ['operator'], own: false },
  configure: { roles: ['operator'], own: false },
}

/** `requester`: of the run it is about, if it is about one. */
export const may = (actor: Actor, act: Act, requester?: string): boolean => {
  const { roles, own } = permissions[act]
  return actor.roles.some((role) => roles.includes(role)) || (own && requester === actor.person)
}

/** Throws `Refusal` NOT_ALLOWED. */
export function demand(actor: Actor, act: Act, requester?: string): void {
  if (!may(actor, act, requester)) throw new Refusal('NOT_ALLOWED', { act, roles: permissions[act].roles.join(', ') })
}
