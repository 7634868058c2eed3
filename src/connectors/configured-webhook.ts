import type { VendorEvent } from '../engine/commands/vendor-events.ts'
import type { ContactWord } from './contacts.ts'
import type { Arrival, Rehearsal, Replay, Webhook, WebhookHeaders } from './webhook.ts'

/** A webhook of one account, with the account's secrets inside. */
export interface ConfiguredWebhook {
  readonly account: string
  readonly signature: Webhook<never>['signature']
  readonly replay: Replay
  /** `late`: signed by the vendor, and not now: somebody sends again what he has seen. */
  readonly verify: (arrival: Arrival) => 'good' | 'bad' | 'late'
  /** Throws `MalformedWebhook`. */
  readonly parse: (raw: Buffer, url: string) => readonly VendorEvent[]
  readonly heard: (raw: Buffer) => readonly ContactWord[]
  /** What of it the vendor stands by: all that it signed, and of mere hints what it says when it is asked. */
  readonly confirmed: (events: readonly VendorEvent[], signal: AbortSignal) => Promise<readonly VendorEvent[]>
  readonly handshake: (query: URLSearchParams, headers?: WebhookHeaders) => string | undefined
  readonly rehearsal: () => Rehearsal | undefined
  readonly acknowledgement: Readonly<Record<string, string>>
}

export const configuredWebhook = <Settings, Client>(
  webhook: Webhook<Settings, Client>,
  settings: Settings,
  client: Client,
): ConfiguredWebhook => ({
  account: webhook.account(settings),
  signature: webhook.signature,
  replay: webhook.replay,
  verify: (arrival) => {
    const verdict = webhook.verify(arrival, settings)
    return verdict === 'good' && isLate(webhook.replay, arrival) ? 'late' : verdict
  },
  parse: (raw, url) => webhook.parse(raw, url, settings),
  heard: (raw) => webhook.heard?.(raw, settings) ?? [],
  confirmed: async (events, signal) => {
    if (webhook.signature !== 'none') return events
    const told: VendorEvent[] = []
    for (const hint of events) {
      const event = await webhook.confirm(hint, client, signal)
      if (event !== undefined) told.push(event)
    }
    return told
  },
  handshake: (query, headers = {}) => webhook.handshake?.(query, settings, headers),
  rehearsal: () => webhook.rehearsal?.(settings),
  acknowledgement: webhook.acknowledgedWith?.(settings) ?? {},
})

function isLate(replay: Replay, arrival: Arrival): boolean {
  if (replay.kind === 'remembered') return false
  const at = replay.attemptAt(arrival)
  return at === undefined || !(Math.abs(arrival.now - at) <= replay.windowMs)
}
