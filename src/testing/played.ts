import type { Systems } from '../flow/effect.ts'

/** The systems of which a test plays only some roles: a flow that asks for another one fails on it. */
export const played = (roles: Partial<Systems>): Systems => roles as Systems // the tests name the flows that they drive, and so the roles that are asked for
