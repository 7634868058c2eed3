import type { SystemName } from './effect.ts'
import type { Schema } from './schema.ts'
import type { Title } from './words.ts'

export interface SignalDefinition<Payload> {
  readonly title: Title
  readonly payload: Schema<Payload>
  /** Once this signal is received the run only goes forward or to a person: all have signed. */
  readonly pivot?: true
  /** The vendor's event that this signal is, for an effect this run made: the connector's webhook delivers it. */
  readonly from?: Source
}

export interface Source {
  readonly system: SystemName
  readonly event: string
}

export interface Signal<out Payload = unknown> {
  readonly part: 'signal'
  readonly title: Title
  readonly payload: Schema<Payload>
  readonly pivot: boolean
  readonly from: Source | undefined
}
export const signal = <Payload>({ title, payload, pivot, from }: SignalDefinition<Payload>): Signal<Payload> => ({
  part: 'signal',
  title,
  payload,
  pivot: pivot ?? false,
  from,
})
