import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { activityInfo } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import { v7 } from 'uuid'
import { z } from 'zod'
import { readSettings } from '../../src/composition/settings.ts'
import type { Accounts } from '../../src/connectors/accounts.ts'
import { freePort } from '../../test/support/free-port.ts'
import { openSandbox } from '../world/open-approvals.ts'
import { applicationOf, signEnvelope } from '../world/partners.ts'
import { type partnerByHand, told } from './partner-by-hand.ts'
import { activitiesOf, unsealed } from './vendors-by-hand.ts'

const TASK_QUEUE = 'partners-by-hand'
const Asked = z.object({ gate: z.string() })
const Envelope = z.object({ envelopeId: z.string() })

/** One whole partner approval each time it is called, without Sijil: people and partner say yes as soon as they are asked. */
export async function openApprovalsByHand(
  address: string,
  client: Client,
  workflowBundle: WorkflowBundleOption,
  opened: AsyncDisposableStack,
): Promise<() => Promise<void>> {
  const port = await freePort()
  const home = await mkdtemp(join(tmpdir(), 'sijil-bench-by-hand-'))
  opened.defer(() => rm(home, { recursive: true, force: true }))
  const dataDir = join(home, 'data')
  const sandbox = await openSandbox(`http://127.0.0.1:${port}`, dataDir, opened)
  const { accounts } = readSettings({ ...sandbox.environment, SIJIL_DATA: dataDir })
  const world = new World(client, sandbox.url)
  await hearVendors(accounts, port, (envelope) => world.signed(envelope), opened)
  await work(address, workflowBundle, accounts, world, opened)
  let count = 0
  return async () => {
    count += 1
    const { contact, ...company } = applicationOf(count)
    const { name, email, mobile } = contact
    const readable = { name: unsealed(name), email: unsealed(email), mobile: unsealed(mobile) }
    const options = { taskQueue: TASK_QUEUE, workflowId: v7(), args: [{ ...company, contact: readable }] }
    // The schema of the contract is not asked, so its types do not know this for an application.
    const { round } = await client.workflow.execute<typeof partnerByHand>('partnerByHand', options as never)
    world.check()
    if (round !== 1) throw new Error(`a partner approval by hand came together in round ${round}`)
  }
}

/** Everybody outside the workflow. */
class World {
  readonly #client: Client
  readonly #sandboxUrl: string
  readonly #runs = new Map<string, string>()
  #problem: unknown

  constructor(client: Client, sandboxUrl: string) {
    this.#client = client
    this.#sandboxUrl = sandboxUrl
  }

  /** A person is asked, and approves. */
  asked(run: string, gate: string): void {
    this.#soon(this.#tell(run, gate, {}))
  }

  /** A step was made: whoever it was for answers. */
  made(run: string, step: string, result: unknown): void {
    if (step === 'noticeByWhatsApp') this.#soon(this.#tell(run, 'partnerReply', { answer: 'accept', round: 1 }))
    if (step !== 'sendEnvelope') return
    const { envelopeId } = Envelope.parse(result)
    this.#runs.set(envelopeId, run)
    this.#soon(signEnvelope(this.#sandboxUrl, envelopeId))
  }

  /** The vendor says that all have signed. */
  async signed(envelope: string): Promise<void> {
    const run = this.#runs.get(envelope)
    if (run !== undefined) await this.#tell(run, 'agreementSigned', {})
  }

  /** Throws when somebody could not answer. */
  check(): void {
    if (this.#problem !== undefined) throw new Error('somebody could not answer', { cause: this.#problem })
  }

  async #tell(run: string, wait: string, value: unknown): Promise<void> {
    await this.#client.workflow.getHandle(run).signal(told, { wait, value })
  }

  #soon(answer: Promise<unknown>): void {
    answer.catch((error: unknown) => {
      this.#problem ??= error
    })
  }
}

async function work(
  address: string,
  workflowBundle: WorkflowBundleOption,
  accounts: Accounts,
  world: World,
  opened: AsyncDisposableStack,
): Promise<void> {
  const connection = opened.adopt(await NativeConnection.connect({ address }), (one) => one.close())
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    activities: {
      ...activitiesOf(accounts, (run, step, result) => world.made(run, step, result)),
      ask: async (input: unknown) =>
        world.asked(activityInfo().workflowExecution?.workflowId ?? '', Asked.parse(input).gate),
    },
  })
  const running = worker.run()
  opened.defer(async () => {
    worker.shutdown()
    await running
  })
}

/** Vendors tell by signed webhooks; they are checked as the product checks them, and answered when the workflow was told. */
async function hearVendors(
  accounts: Accounts,
  port: number,
  onSigned: (envelope: string) => Promise<void>,
  opened: AsyncDisposableStack,
): Promise<void> {
  const fetch = async (request: Request): Promise<Response> => {
    const [, , tenant = '', connector = '', account = ''] = new URL(request.url).pathname.split('/')
    const webhook = accounts.receiving(tenant, connector, account)?.webhook
    const raw = Buffer.from(await request.arrayBuffer())
    const arrival = { raw, headers: Object.fromEntries(request.headers), url: request.url, now: Date.now() }
    if (webhook?.verify(arrival) !== 'good') return new Response('', { status: 401 })
    for (const { event, reference } of webhook.parse(raw, request.url))
      if (event === 'signed' && reference !== undefined) await onSigned(reference)
    return new Response('')
  }
  const server = serve({ fetch, port, hostname: '127.0.0.1' })
  await once(server, 'listening')
  opened.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())))
}
