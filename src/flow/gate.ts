import type { Schema } from './schema.ts'
import type { Duration } from './time.ts'
import type { Title } from './words.ts'

export type Role = 'requester' | 'manager' | 'director' | 'vp' | 'c-level' | 'legal' | 'operator'
/** The roles that may decide. A requester asks and an operator keeps things running: neither decides. */
export type DecidingRole = Exclude<Role, 'requester' | 'operator'>

/** One role, every one of several, any one of several, or a table that a field of the packet picks from. Data, so it can be drawn. */
export type Approvers<Packet> = FixedApprovers | Choice<Packet>
export type FixedApprovers =
  | DecidingRole
  | { readonly every: readonly DecidingRole[] }
  | { readonly anyOf: readonly DecidingRole[] }
type Choice<Packet> = {
  [Field in keyof Packet & string]: Packet[Field] extends string ? ChoiceOn<Field, Packet[Field]> : never
}[keyof Packet & string]
export interface ChoiceOn<Field extends string = string, Value extends string = string> {
  readonly by: Field
  readonly table: { readonly [V in Value]: FixedApprovers }
}

/** `undo`: expiry ends the run and undoes it. `value`: the flow receives it and decides. */
export type OnExpiry = 'undo' | 'value'
/** `value`: a decider may return the packet with comments, and the flow answers with another round. `never`: only yes or no. */
export type OnReturn = 'value' | 'never'

/** Ways a gate can end; each may let further steps follow. */
export type GateOutcome = 'approved' | 'returned' | 'rejected' | 'expired'
/** The steps that each outcome lets happen, by name. What is not listed needs another decision. */
export type Authorises = { readonly [Outcome in GateOutcome]?: readonly string[] }

/** When nobody has decided `after`, these may decide as well. It never passes by itself. */
export interface Escalation {
  readonly after: Duration
  readonly to: DecidingRole
}

export interface GateDefinition<
  Packet,
  Payload,
  Expiry extends OnExpiry,
  Return extends OnReturn,
  A extends Authorises,
> {
  readonly title: Title
  readonly packet: Schema<Packet>
  /** The field of the packet that is decided on: its digest is what later effects are held to. */
  readonly subject: keyof NoInfer<Packet> & string
  /** What the decider fills in on approval. */
  readonly decision: Schema<Payload>
  readonly approvers: Approvers<NoInfer<Packet>>
  /** How many people of the one role, or of any of the roles, must approve. Default 1. */
  readonly quorum?: number
  readonly within: Duration
  readonly onExpiry: Expiry
  readonly onReturn: Return
  readonly escalate?: Escalation
  readonly authorises: A
}

export interface Gate<
  in Packet = never,
  out Payload = unknown,
  out Expiry extends OnExpiry = OnExpiry,
  out Return extends OnReturn = OnReturn,
  out A extends Authorises = Authorises,
> {
  readonly part: 'gate'
  readonly title: Title
  readonly packet: Schema
  readonly subject: string
  readonly decision: Schema
  readonly approvers: FixedApprovers | ChoiceOn
  readonly quorum: number
  readonly within: Duration
  readonly onExpiry: Expiry
  readonly onReturn: Return
  readonly escalate: Escalation | undefined
  readonly authorises: A
  readonly signature?: (packet: Packet) => Payload
}

export const gate = <Packet, Payload, Expiry extends OnExpiry, Return extends OnReturn, const A extends Authorises>(
  definition: GateDefinition<Packet, Payload, Expiry, Return, A>,
): Gate<Packet, Payload, Expiry, Return, A> => ({
  part: 'gate',
  quorum: 1,
  escalate: undefined,
  ...definition,
})
