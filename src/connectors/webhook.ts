import type { VendorEvent } from '../engine/commands/vendor-events.ts'
import type { Instant } from '../flow/time.ts'
import type { ContactWord } from './contacts.ts'

/** Header names in lower case, as Node gives them. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** A webhook as it came in. */
export interface Arrival {
  /** What a signature is made of: never what was parsed and written again. */
  readonly raw: Buffer
  readonly headers: WebhookHeaders
  /** Our public address of it with its query, as the vendor knows it: some vendors sign it as well. */
  readonly url: string
  readonly now: Instant
}

/**
 * How a webhook that somebody copied is kept from counting twice. A window shorter than the vendor's own retries would refuse what it repeats in good faith, so there is one only
 * where every attempt is signed anew with its own time; elsewhere the ids of events are remembered.
 */
export type Replay =
  | {
      readonly kind: 'time window'
      /** How far the time of the attempt may lie from ours, either way. */
      readonly windowMs: number
      /** The time of the attempt, from what is signed; undefined when it says none, which refuses it. */
      readonly attemptAt: (arrival: Arrival) => Instant | undefined
    }
  | {
      readonly kind: 'remembered'
      /** How long the vendor may repeat an event that we did not acknowledge. The ledger never forgets one sooner. */
      readonly retriesForMs: number
    }

/** A vendor's question whether an address is ours, and what it wants to hear. */
export interface Rehearsal {
  readonly question: URLSearchParams
  readonly answer: string
}

interface WebhookTraits<Settings> {
  readonly replay: Replay
  /** The account that a webhook of this configuration may speak for. */
  readonly account: (settings: Settings) => string
  /** Throws `MalformedWebhook`. Events that no flow cares about are left out. `url`: as in `Arrival`. */
  readonly parse: (raw: Buffer, url: string, settings: Settings) => readonly VendorEvent[]
  /** What it says of people's being written to, for a webhook that `parse` could read. Their addresses stay out of events. */
  readonly heard?: (raw: Buffer, settings: Settings) => readonly ContactWord[]
  /** Answers the vendor's one-time question whether this address is ours; undefined refuses it. */
  readonly handshake?: (query: URLSearchParams, settings: Settings, headers: WebhookHeaders) => string | undefined
  /** The same question as we would ask it ourselves, to see whether our public address leads to us. */
  readonly rehearsal?: (settings: Settings) => Rehearsal
  /** Headers without which the vendor does not take our answer for one. */
  readonly acknowledgedWith?: (settings: Settings) => Readonly<Record<string, string>>
}

/** Its signature is the key of the address: what it says is taken at its word. */
export interface SignedWebhook<Settings> extends WebhookTraits<Settings> {
  /** `secret address`: it signs nothing, and reports to an address that only we can make and only it was told. */
  readonly signature: 'HMAC-SHA256' | 'HMAC-SHA1' | 'Standard Webhooks' | 'secret address'
  /** Compares the signature over the raw bytes in constant time. Nothing is parsed before it says `good`. */
  readonly verify: (arrival: Arrival, settings: Settings) => 'good' | 'bad'
}

/** Its vendor signs nothing: anybody may have sent it, so it is a hint, and only what the vendor says when asked counts. */
export interface HintingWebhook<Settings, Client> extends WebhookTraits<Settings> {
  readonly signature: 'none'
  /** Whatever the vendor offers instead of a signature, such as a client id that must be ours. */
  readonly verify: (arrival: Arrival, settings: Settings) => 'good' | 'bad'
  /** Reads from the vendor what the hint is about, and answers the event as the vendor tells it now; undefined when it does not. */
  readonly confirm: (hint: VendorEvent, client: Client, signal: AbortSignal) => Promise<VendorEvent | undefined>
}

export type Webhook<Settings, Client = unknown> = SignedWebhook<Settings> | HintingWebhook<Settings, Client>

/** Signed by the vendor, yet not of the shape that it documents. Nothing was recorded. */
export class MalformedWebhook extends Error {
  override readonly name = 'MalformedWebhook'
  readonly code = 'MALFORMED_WEBHOOK'
}
