/** A server and a sandbox as processes of their own, and a deal that people lead through pages, mails and signatures. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { end, until } from '../../scripts/start/process-output.ts'
import { SampleOrganisation, type Standing } from '../../scripts/start/sample.ts'
import { type SandboxProcess, startSandboxProcess } from '../../scripts/start/sandbox-process.ts'
import { type ServerProcess, startServerProcess } from '../../scripts/start/server-process.ts'
import { freePort } from '../support/free-port.ts'

const Acts = z.array(z.looseObject({ vendor: z.string(), action: z.string(), key: z.string().optional() }))
const Mails = z.array(z.looseObject({ text: z.string() }))
const Envelopes = z.array(
  z.looseObject({
    envelopeId: z.string(),
    status: z.string(),
    signers: z.array(z.looseObject({ recipientId: z.string() })),
  }),
)
const Agreements = z.array(z.looseObject({ id: z.string(), participants: z.array(z.looseObject({ id: z.string() })) }))

export class Deal {
  readonly home: string
  readonly #port: number
  readonly #sandbox: SandboxProcess
  readonly #settings: Readonly<Record<string, string>>
  #server: ServerProcess | undefined
  #said = ''

  private constructor(home: string, port: number, sandbox: SandboxProcess, settings: Readonly<Record<string, string>>) {
    this.home = home
    this.#port = port
    this.#sandbox = sandbox
    this.#settings = settings
  }

  /** `settings`: more of them for the server. `vendors`: other ones than the usual. */
  static async open(settings: Readonly<Record<string, string>> = {}, vendors?: readonly string[]): Promise<Deal> {
    const home = await mkdtemp(join(tmpdir(), 'sijil-deal-'))
    const port = await freePort()
    const sandbox = await startSandboxProcess({
      dataDir: join(home, 'sandbox'),
      httpPort: 0,
      smtpPort: 0,
      sijilUrl: `http://127.0.0.1:${port}`,
      tenant: 'madar',
      vendors,
    })
    const deal = new Deal(home, port, sandbox, settings)
    await deal.start()
    return deal
  }

  /** `more`: settings that this start has and those before had not. */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const environment = {
      ...this.#sandbox.environment,
      SIJIL_DATA: join(this.home, 'data'),
      SIJIL_PORT: String(this.#port),
      SIJIL_LOG: 'warn',
      ...this.#settings,
      ...more,
    }
    this.#server = await startServerProcess(environment, (text) => {
      this.#said += text
    })
  }

  /** As a power cut would, but for the disk. */
  async kill(): Promise<void> {
    await end(this.#server?.child, 'SIGKILL')
  }

  /** In order: what is in flight is finished. */
  async stop(): Promise<void> {
    await end(this.#server?.child)
  }

  /** What a command of the command line answers with, as data. */
  async command(...words: readonly string[]): Promise<string> {
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
    const env = {
      ...process.env,
      SIJIL_URL: `http://127.0.0.1:${this.#port}`,
      SIJIL_DATA: join(this.home, 'data'),
    }
    return (await promisify(execFile)(process.execPath, [main, ...words], { env })).stdout
  }

  /** What the server has written to its log. */
  get said(): string {
    return this.#said
  }

  get people(): SampleOrganisation {
    return new SampleOrganisation(`http://127.0.0.1:${this.#port}`, join(this.home, 'data-keys'))
  }

  async close(): Promise<void> {
    await end(this.#server?.child)
    await end(this.#sandbox.child)
    await rm(this.home, { recursive: true })
  }

  /** Waits until the run asks for this decision, and takes it on the page that its link leads to. */
  async decide(run: string, gate: string, form: Readonly<Record<string, string>>): Promise<void> {
    const standing = await this.standing(run, gate)
    if (standing.kind !== 'task') throw new Error(`${gate} is not a task`)
    const response = await fetch(standing.url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
    if (response.status !== 303)
      throw new Error(`${gate} was answered with ${response.status}: ${await response.text()}`)
  }

  /** Waits until the run stands where it is called so in English, or how it has ended. */
  standing(run: string, called: string): Promise<Standing> {
    return until(
      async () => {
        const standing = await this.people.standingOf(run)
        return (standing.kind === 'ended' ? standing.outcome : standing.title.en).includes(called)
          ? standing
          : undefined
      },
      { what: `the run stands at ${called}` },
    )
  }

  /** The partner answers through the link of their newest mail. */
  async answer(form: Readonly<Record<string, string>>): Promise<void> {
    const mails = await this.inspect('mails', Mails)
    const link = mails.flatMap(({ text }) => /http:\/\/\S+\/a\/[\w-]+/.exec(text) ?? []).at(-1)
    const response = await fetch(link ?? '', { method: 'POST', body: new URLSearchParams(form) })
    if (response.status !== 200) throw new Error(`the answer was answered with ${response.status}`)
  }

  /** Everybody signs the newest envelope, in their order. */
  async sign(): Promise<void> {
    const envelope = (await this.inspect('envelopes', Envelopes)).at(-1)
    for (const { recipientId } of envelope?.signers ?? [])
      await fetch(`${this.#sandbox.url}/inspect/envelopes/${envelope?.envelopeId}/sign/${recipientId}`, {
        method: 'POST',
        redirect: 'manual',
      })
  }

  /** The same with Acrobat Sign, where it is an agreement. */
  async signAgreement(): Promise<void> {
    const agreement = (await this.inspect('agreements', Agreements)).at(-1)
    for (const { id } of agreement?.participants ?? []) await this.#press(`agreements/${agreement?.id}/sign/${id}`, {})
  }

  /** What the next calls of a vendor meet. */
  async fault(fault: { readonly vendor: string; readonly kind: string; readonly times: string }): Promise<void> {
    await this.#press('faults', fault)
  }

  /** From now on vendors do as they are asked. */
  async noFaults(): Promise<void> {
    await this.#press('faults/clear', {})
  }

  async #press(button: string, form: Readonly<Record<string, string>>): Promise<void> {
    const url = `${this.#sandbox.url}/inspect/${button}`
    const { status } = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
    if (status !== 303) throw new Error(`${button} was answered with ${status}`)
  }

  /** What the vendors did, in order. */
  async acts(): Promise<z.infer<typeof Acts>> {
    return this.inspect('acts', Acts)
  }

  async inspect<Value>(view: string, schema: z.ZodType<Value>): Promise<Value> {
    return schema.parse(await (await fetch(`${this.#sandbox.url}/inspect/${view}.json`)).json())
  }
}
