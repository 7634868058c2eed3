import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AccountMemory } from '../src/connectors/account-memory.ts'
import type { ConfiguredConnector } from '../src/connectors/configured-connector.ts'
import type { Contacts } from '../src/connectors/contacts.ts'
import type { VendorEvent } from '../src/engine/commands/vendor-events.ts'
import { ConnectorMetrics } from '../src/connectors/metrics.ts'
import { openSystems, type SystemsParts } from '../src/connectors/open-systems.ts'
import { readAccounts } from '../src/connectors/settings.ts'
import type { EffectScope, Sighting } from '../src/engine/systems.ts'
import type { Systems } from '../src/flow/effect.ts'
import { noLedger } from '../test/support/no-database.ts'
import { serve } from './http-server.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'

/** A sandbox, the connectors configured for it, and a receiver of webhooks that checks and parses them as Sijil does. */
export interface World {
  readonly sandbox: Sandbox
  readonly metrics: ConnectorMetrics
  readonly events: readonly VendorEvent[]
  readonly contacts: Contacts
  readonly connector: (key: string) => ConfiguredConnector
  /** The systems for one attempt. */
  readonly open: (attempt: Partial<EffectScope> & Pick<EffectScope, 'key' | 'mode'>) => Systems
  /** The same connectors with other settings. */
  readonly openWith: (
    settings: Readonly<Record<string, string>>,
    attempt: Partial<EffectScope> & Pick<EffectScope, 'key' | 'mode'>,
  ) => Systems
  readonly close: () => Promise<void>
}

export async function startWorld(options: Partial<SandboxOptions> = {}): Promise<World> {
  const events: VendorEvent[] = []
  const configured: ConfiguredConnector[] = []
  const receiver = await serve(
    [
      {
        method: 'POST',
        path: '/webhooks/:tenant/:connector/:account',
        answer: async ({ params, headers, raw, address }) => {
          const webhook = connector(params['connector'] ?? '').webhook
          const url = `${webhookTarget}${address}`
          if (
            webhook?.account !== params['account'] ||
            webhook?.verify({ raw, headers, url, now: Date.now() }) !== 'good'
          )
            return { status: 401, body: 'bad signature' }
          events.push(...(await webhook.confirmed(webhook.parse(raw, url), AbortSignal.timeout(4_000))))
          await parts.contacts.note(params['tenant'] ?? '', webhook.heard(raw), 'webhook')
          return { status: 200, headers: webhook.acknowledgement, body: 'ok' }
        },
      },
      {
        method: 'GET',
        path: '/webhooks/:tenant/:connector/:account',
        answer: ({ params, query, headers }) => {
          const challenge = connector(params['connector'] ?? '').webhook?.handshake(query, headers)
          return challenge === undefined ? { status: 403, body: 'no' } : { status: 200, body: challenge }
        },
      },
    ],
    0,
    '127.0.0.1',
  )
  const webhookTarget = `http://127.0.0.1:${receiver.port}`
  const sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, webhookTarget, ...options })
  const accounts = readAccounts(sandbox.settings)
  configured.push(...accounts.all)
  const metrics = new ConnectorMetrics()
  const parts = withoutLedger(metrics)
  const connector = (key: string): ConfiguredConnector => {
    const found = configured.find((one) => one.connector.key === key)
    assert(found, `no connector ${key}`)
    return found
  }
  const scopeOf = (attempt: Partial<EffectScope> & Pick<EffectScope, 'key' | 'mode'>): EffectScope => ({
    tenant: 'demo',
    now: Date.now(),
    deadline: Date.now() + 60_000,
    abort: new AbortController().signal,
    begin: () => {},
    sightings: async () => sightingsOf(events, attempt.key),
    ...attempt,
  })
  return {
    sandbox,
    metrics,
    events,
    contacts: parts.contacts,
    connector,
    open: (attempt) => openSystems(accounts, parts)(scopeOf(attempt)),
    openWith: (settings, attempt) =>
      openSystems(readAccounts({ ...sandbox.settings, ...settings }), parts)(scopeOf(attempt)),
    close: async () => {
      await sandbox.close()
      await receiver.close()
    },
  }
}

const sightingsOf = (events: readonly VendorEvent[], key: string): readonly Sighting[] =>
  events
    .filter(({ effectKey }) => effectKey === key)
    .map(({ connector, account, reference, event, at }) => ({ connector, account, reference, what: event, at }))

/** Waits until something that goes on elsewhere in this process has happened. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await nextTurn()
}

/** Each attempt of a test uses the account that it is given. */
const forgetful: AccountMemory = { used: async () => [], note: async () => {} }
export const withoutLedger = (metrics = new ConnectorMetrics()): SystemsParts => ({
  memory: forgetful,
  metrics,
  ...noLedger(),
})
