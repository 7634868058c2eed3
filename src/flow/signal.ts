import type { Schema } from './schema.ts'
import type { Title } from './words.ts'

export interface SignalDefinition<Payload> {
  readonly title: Title
  readonly payload: Schema<Payload>
  /** Once this signal is received the run only goes forward or to a person: all have signed. */
  readonly pivot?: true
}
export interface Signal<out Payload = unknown> {
  readonly part: 'signal'
  readonly title: Title
  readonly payload: Schema<Payload>
  readonly pivot: boolean
}
export const signal = <Payload>({ title, payload, pivot }: SignalDefinition<Payload>): Signal<Payload> => ({
  part: 'signal',
  title,
  payload,
  pivot: pivot ?? false,
})
