/** What an operator sees of the connectors, and does with them. */
import type { ConfiguredConnector } from '../connectors/configured-connector.ts'
import type { Health } from '../connectors/connector.ts'
import type { Declaration } from '../connectors/declaration.ts'
import type { LastError } from '../connectors/metrics.ts'
import { connectors } from '../connectors/registry.ts'
import { webhookAddress } from '../connectors/webhook-address.ts'
import type { Actor } from '../engine/commands/actor.ts'
import { demand } from '../engine/commands/permissions.ts'
import { reasonOf } from '../engine/commands/reason.ts'
import { Refusal } from '../engine/commands/refusal.ts'
import type { Pause } from '../ledger/connector-pauses.ts'
import type { Sijil } from './open-sijil.ts'
import { reachWebhook, type WebhookReached } from './reach-webhook.ts'

/** One account of the reader's tenant. */
export interface AccountView {
  readonly account: string
  /** False: it is the environment's and serves every tenant. */
  readonly own: boolean
  /** Steps of this tenant reach the role through it. */
  readonly plays: boolean
  readonly paused: Pick<Pause, 'person' | 'why' | 'pausedAt'> | null
  /** Where the vendor reports to. */
  readonly webhook: string | null
}

export interface ConnectorView {
  /** Its contract. */
  readonly declaration: Declaration
  readonly accounts: readonly AccountView[]
  /** Of this process, since it started, whichever account it was. */
  readonly lastError: LastError | null
}

/** Every connector of the product with the accounts that the tenant has there. */
export async function listConnectors(sijil: Sijil, { tenant }: Actor): Promise<readonly ConnectorView[]> {
  const pauses = await sijil.facade.pauses.list(tenant)
  const own = sijil.accounts.of(tenant)
  return connectors.map(({ key, declaration }) => ({
    declaration,
    accounts: own
      .filter(({ connector }) => connector.key === key)
      .map((configured) => accountView(sijil, tenant, configured, pauses)),
    lastError: sijil.connectorMetrics.lastError(key) ?? null,
  }))
}

function accountView(
  sijil: Sijil,
  tenant: string,
  configured: ConfiguredConnector,
  pauses: readonly Pause[],
): AccountView {
  const { account, connector } = configured
  const pause = pauses.find((one) => one.connector === connector.key && one.account === account.name)
  return {
    account: account.name,
    own: account.tenant !== undefined,
    plays: sijil.accounts.playing(tenant, connector.system) === configured,
    paused: pause === undefined ? null : { person: pause.person, why: pause.why, pausedAt: pause.pausedAt },
    webhook: webhookOf(sijil, tenant, configured) ?? null,
  }
}

const webhookOf = (
  { publicUrl }: Sijil,
  tenant: string,
  { connector, webhook }: ConfiguredConnector,
): string | undefined => webhook && webhookAddress(publicUrl, tenant, connector.key, webhook.account)

export interface CheckedAccount {
  readonly connector: string
  readonly account: string
  readonly health: Health
  readonly answerMs: number
}

const PATIENCE_MS = 10_000

/** Asks each vendor with the account's credentials, and changes nothing there. */
export async function checkConnectors(sijil: Sijil, actor: Actor): Promise<readonly CheckedAccount[]> {
  demand(actor, 'steer connectors')
  return Promise.all(sijil.accounts.of(actor.tenant).map(checked))
}

async function checked({ connector, account, health }: ConfiguredConnector): Promise<CheckedAccount> {
  const startedAt = performance.now()
  const answer: Health = await health(AbortSignal.timeout(PATIENCE_MS)).catch(() => ({
    state: 'down',
    code: 'NOT_ASKED',
    message: 'It could not be asked in time. Nothing was changed.',
  }))
  return {
    connector: connector.key,
    account: account.name,
    health: answer,
    answerMs: Math.round(performance.now() - startedAt),
  }
}

export interface TestedAccount extends CheckedAccount {
  /** Whether our own public address of its webhooks leads here; null where it has none. */
  readonly webhook: WebhookReached | null
}

/** Which account of which connector; without a name the only one. */
export interface AccountAsked {
  readonly connector: string
  readonly account?: string | undefined
}

export async function testConnector(sijil: Sijil, actor: Actor, asked: AccountAsked): Promise<TestedAccount> {
  demand(actor, 'steer connectors')
  const configured = accountOf(sijil, actor, asked)
  const address = webhookOf(sijil, actor.tenant, configured)
  return {
    ...(await checked(configured)),
    webhook:
      address === undefined || configured.webhook === undefined
        ? null
        : await reachWebhook(address, configured.webhook.rehearsal(), AbortSignal.timeout(PATIENCE_MS)),
  }
}

export interface Steered {
  readonly connector: string
  readonly account: string
  readonly answer: 'PAUSED' | 'ALREADY_PAUSED' | 'RESUMED' | 'NOT_PAUSED'
  /** Runs that waited for it and go on now. */
  readonly runs: number
}

/** Nothing of the tenant's begins at this account any more, and no run fails for it. */
export async function pauseConnector(
  sijil: Sijil,
  actor: Actor,
  asked: AccountAsked,
  because: string,
): Promise<Steered> {
  demand(actor, 'steer connectors')
  const account = idOf(accountOf(sijil, actor, asked))
  return { ...account, answer: await sijil.facade.pauses.pause(actor, account, reasonOf(because)), runs: 0 }
}

export async function resumeConnector(
  sijil: Sijil,
  actor: Actor,
  asked: AccountAsked,
  because: string,
): Promise<Steered> {
  demand(actor, 'steer connectors')
  const account = idOf(accountOf(sijil, actor, asked))
  const { answer, runs } = await sijil.facade.pauses.resume(actor, account, reasonOf(because))
  for (const run of runs) sijil.engine.wake(run)
  return { ...account, answer, runs: runs.length }
}

const idOf = ({ connector, account }: ConfiguredConnector) => ({ connector: connector.key, account: account.name })

/** Throws `Refusal` NO_SUCH_ACCOUNT, ACCOUNT_NOT_NAMED. */
function accountOf({ accounts }: Sijil, { tenant }: Actor, { connector, account }: AccountAsked): ConfiguredConnector {
  const candidates = accounts.of(tenant).filter((one) => one.connector.key === connector)
  const named = account === undefined ? candidates : candidates.filter((one) => one.account.name === account)
  const [first, ...others] = named
  if (first === undefined)
    throw new Refusal('NO_SUCH_ACCOUNT', { account: account === undefined ? connector : `${connector}/${account}` })
  if (account === undefined && others.length > 0)
    throw new Refusal('ACCOUNT_NOT_NAMED', { connector, accounts: named.map((one) => one.account.name).join(', ') })
  return first // the tenant's own come first
}
