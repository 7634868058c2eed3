/** The systems that steps may reach. Each connector adds itself by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Systems {}
/** What every step has besides its connectors; rooms above add to it by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Services {}
export type SystemName = keyof Systems & string

/** What an effect binds the organisation to. */
export type Commitment = 'contract' | 'payment' | 'message'

export interface Nothing<System extends SystemName = SystemName> {
  readonly kind: 'none'
  readonly idempotency: 'repeatable'
  readonly systems: readonly System[]
}
export interface RecordEffect {
  readonly kind: 'record'
  readonly idempotency: 'upsert in the same transaction'
  readonly systems: readonly []
  /** The kind of record that is kept, for example `portal_access`. */
  readonly record: string
}
export interface Call<System extends SystemName = SystemName> {
  readonly kind: 'call'
  readonly idempotency: 'key sent, else probe'
  readonly systems: readonly [System]
  readonly action: string
  readonly commits: Commitment | undefined
}
export interface Message<System extends SystemName = SystemName> {
  readonly kind: 'message'
  readonly idempotency: 'message id'
  readonly systems: readonly [System]
  readonly action: string
  readonly commits: Commitment | undefined
}
export interface Document<System extends SystemName = SystemName> {
  readonly kind: 'document'
  readonly idempotency: 'content digest'
  readonly systems: readonly [System]
  readonly action: string
}

export type OutsideEffect<System extends SystemName = SystemName> = Call<System> | Message<System> | Document<System>
export type InsideEffect<System extends SystemName = SystemName> = Nothing<System> | RecordEffect
export type Effect = InsideEffect | OutsideEffect

/** An action is a name of the policy table: `send_term_sheet`. An empty one does not compile. */
export type ActionName<Name extends string> = Name extends '' ? never : Name

/** Pure work: nothing outside is read or changed. */
export const none: Nothing<never> = { kind: 'none', idempotency: 'repeatable', systems: [] }
/** Looks at other systems and changes nothing there. */
export const reads = <System extends SystemName>(...systems: readonly System[]): Nothing<System> => ({
  kind: 'none',
  idempotency: 'repeatable',
  systems,
})
/** Keeps a record of the organisation in the ledger's own database. */
export const record = (name: string): RecordEffect => ({
  kind: 'record',
  idempotency: 'upsert in the same transaction',
  systems: [],
  record: name,
})
export const call = <System extends SystemName, const Action extends string>(
  system: System,
  action: ActionName<Action>,
  commits?: Commitment,
): Call<System> => ({ kind: 'call', idempotency: 'key sent, else probe', systems: [system], action, commits })
export const message = <System extends SystemName, const Action extends string>(
  system: System,
  action: ActionName<Action>,
  to: 'outside' | 'inside',
): Message<System> => ({
  kind: 'message',
  idempotency: 'message id',
  systems: [system],
  action,
  commits: to === 'outside' ? 'message' : undefined,
})
export const document = <System extends SystemName, const Action extends string>(
  system: System,
  action: ActionName<Action>,
): Document<System> => ({ kind: 'document', idempotency: 'content digest', systems: [system], action })

export const isOutside = (effect: Effect): effect is OutsideEffect =>
  effect.kind === 'call' || effect.kind === 'message' || effect.kind === 'document'
