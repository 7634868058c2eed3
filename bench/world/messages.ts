/** WhatsApp messages from an engine through the facade to the sandbox, and its webhooks back: as in production, on one machine. */
import { z } from 'zod'
import '../../src/connectors/systems.ts'
import { accountMemory } from '../../src/connectors/account-memory.ts'
import { openContacts } from '../../src/connectors/contacts.ts'
import type { Around } from '../../src/connectors/facade/around.ts'
import { DEFAULT_LIMITS, type Rate } from '../../src/connectors/facade/call-limits.ts'
import { Facade } from '../../src/connectors/facade/facade.ts'
import { ConnectorMetrics } from '../../src/connectors/metrics.ts'
import { openHoldsBack } from '../../src/connectors/holds-back.ts'
import { openSystems } from '../../src/connectors/open-systems.ts'
import { readAccounts } from '../../src/connectors/settings.ts'
import { calendarOf } from '../../src/decisions/calendar.ts'
import type { CommandParts } from '../../src/engine/commands/command-parts.ts'
import { receiveVendorEvents } from '../../src/engine/commands/vendor-events.ts'
import { definitions } from '../../src/engine/definitions.ts'
import { startLocalEngine } from '../../src/engine/local/local-engine.ts'
import type { OpenSystems } from '../../src/engine/systems.ts'
import { contract, days, type Flow, message, seconds, step, workflow } from '../../src/flow/index.ts'
import { parseTenantId } from '../../src/ledger/ids.ts'
import { saveOrganisation } from '../../src/ledger/requests/organisation.ts'
import { testOrganisation } from '../../src/testing/test-organisation.ts'
import { serve } from '../../sandbox/http-server.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type Durability, openLedger } from './world.ts'
import type { Place } from './place.ts'

const title = { en: 'A message', ar: 'رسالة' } as const
const To = z.string()
const sendContract = contract({
  name: 'send-message',
  version: 1,
  title,
  lasts: { from: seconds(1), to: days(1) },
  input: To,
  output: To,
  endings: {},
  gates: {},
  signals: {},
})
const steps = {
  send: step({
    title,
    effect: message('whatsapp', 'send_message', 'outside'),
    input: To,
    output: z.object({ messageId: z.string() }),
    retry: { attempts: 8, firstWait: seconds(1), longestWait: seconds(30) },
    do: (ctx, to) => ctx.whatsapp.sendTemplate({ to, template: 'hello', language: 'ar', parameters: [] }),
    irreversible: 'a message that was sent stays sent',
  }),
}
interface SendFlow extends Flow<typeof sendContract, typeof steps> {}
const sendMessage = workflow({
  contract: sendContract,
  steps,
  flow: async (flow: SendFlow, to) => (await flow.send(to)).messageId,
})

const TENANT = parseTenantId('messages')

export interface MessagesWorld {
  readonly sandbox: Sandbox
  readonly metrics: ConnectorMetrics
  readonly systems: OpenSystems
  /** Starts a run that sends one message; settles when it is kept. */
  readonly send: (to: string) => Promise<string>
  /** How many runs have not come to their end, and of them those whose message is in doubt. */
  readonly left: () => Promise<{ readonly open: number; readonly inDoubt: readonly string[] }>
}

export interface MessagesSettings {
  readonly durability: Durability
  readonly rate: Rate
  /** Before each call that is let begin. */
  readonly onCall?: (sandbox: Sandbox) => void
}

export async function openMessages(
  place: Place,
  opened: AsyncDisposableStack,
  { durability, rate, onCall = () => {} }: MessagesSettings,
): Promise<MessagesWorld> {
  const database = await openLedger(place, opened)
  await saveOrganisation(database, testOrganisation(TENANT, { send_message: 'A' }))
  const known = definitions([sendMessage])
  const receiver = await serve(
    [{ method: 'POST', path: '/webhooks/:tenant/:connector/:account', answer: (incoming) => receive(incoming) }],
    0,
    '127.0.0.1',
  )
  opened.defer(() => receiver.close())
  const webhookTarget = `http://127.0.0.1:${receiver.port}`
  const sandbox = opened.adopt(
    await startSandbox({ httpPort: 0, smtpPort: 0, webhookTarget, tenant: TENANT, settingsFor: ['whatsapp'] }),
    (one) => one.close(),
  )
  const accounts = readAccounts(sandbox.settings)
  const metrics = new ConnectorMetrics()
  const facade = new Facade({ database, metrics, limitsOf: () => ({ ...DEFAULT_LIMITS, rate }) })
  // Told of each call that begins: what is held back is none.
  const around: Around = {
    through: (call, scope, work) =>
      facade.through(call, scope, () => {
        if (scope.mode === 'make') onCall(sandbox)
        return work()
      }),
    holdsBack: (tenant, account) => facade.holdsBack(tenant, account),
  }
  const systemsParts = {
    memory: accountMemory(database),
    metrics,
    database,
    contacts: openContacts({ database, contactOf: (_tenant, address) => address, stopUrl: () => '' }),
    around,
  }
  const systems = openSystems(accounts, systemsParts)
  const engine = opened.adopt(
    await startLocalEngine({
      database,
      definitions: known,
      openSystems: systems,
      holdsBack: openHoldsBack(accounts, systemsParts),
      openServices: () => ({}) as never, // this workflow uses none
      calendarOf: (tenant) => calendarOf(database, tenant),
      worker: 'bench',
      durability,
      onTrouble: console.error,
    }),
    (one) => one.stop(),
  )
  const seal: CommandParts['seal'] = async (_tenant, _otherwise, value) => value // nothing personal is in these runs
  const delivery = { database, definitions: known, engine, seal }

  async function receive({ params, headers, raw }: Parameters<Parameters<typeof serve>[0][number]['answer']>[0]) {
    const account = accounts.receiving(TENANT, params['connector'] ?? '', params['account'] ?? '')
    if (account?.webhook.verify({ raw, headers, url: '', now: Date.now() }) !== 'good')
      return { status: 401, body: 'bad signature' }
    await receiveVendorEvents(delivery, TENANT, account.webhook.parse(raw, ''))
    return { status: 200, body: 'ok' }
  }

  return {
    sandbox,
    metrics,
    systems,
    send: async (to) => {
      const started = engine.start({ tenant: TENANT, workflow: 'send-message', requester: 'requester', input: to })
      return (await started.created).id
    },
    left: async () => {
      const [row] = await database.engine.query<{ open: number; doubts: string }>({
        name: 'bench.messages_left',
        text: `select count(*) filter (where r.status <> 'ended')::int as open,
            coalesce(string_agg(e.run || '/' || e.key, ' ') filter (where e.state = 'in_doubt'), '') as doubts
          from sijil.runs r left join sijil.effects e on e.tenant = r.tenant and e.run = r.id where r.tenant = 'messages'`,
      })
      return { open: row?.open ?? 0, inDoubt: (row?.doubts ?? '').split(' ').filter((key) => key !== '') }
    },
  }
}
