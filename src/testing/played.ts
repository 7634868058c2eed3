import type { SystemName, Systems } from '../flow/effect.ts'

type Part = { readonly [Name in SystemName]?: Partial<Systems[Name]> }

/** The systems of which a test plays only some roles, and of those some operations: a flow that asks for another one fails on it. */
export const played = (roles: Part): Systems => roles as Systems // the tests name the flows that they drive, and so what is asked for
