import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { end } from '../../scripts/start/process-output.ts'
import { type SandboxProcess, startSandboxProcess } from '../../scripts/start/sandbox-process.ts'
import { Book } from './book.ts'
import { Chance } from './chance.ts'
import type { LifeParts } from './life.ts'
import { Office } from './office.ts'
import { type Environment, lastingPort, Server, sijil } from './server.ts'
import { Fault, Trail } from './trail.ts'
import { VendorRecord } from './vendor-record.ts'

export type Place = { readonly kind: 'pglite' } | { readonly kind: 'postgres'; readonly url: string }

export interface SceneSettings {
  readonly place: Place
  readonly seed: number
  /** How many servers share the ledger. Default 1; more only on Postgres. */
  readonly servers?: number
  /** How long one request is waited for. Default 15 s. */
  readonly patienceMs?: number
  /** What servers are told besides. */
  readonly environment?: Environment
  /** Told whenever something was acknowledged or killed. */
  readonly onProgress?: (text: string) => void
}

/** A sandbox, the servers before it, one ledger, and the book of what they acknowledged. */
export class Scene {
  readonly seed: number
  readonly place: Place
  readonly home: string
  readonly chance: Chance
  readonly trail = new Trail()
  readonly book = new Book()
  readonly office: Office
  readonly vendors: VendorRecord
  readonly urls: readonly string[]
  readonly progress: (text: string) => void
  /** Whether nothing that was sent can still be on its way. */
  isQuiet = true
  /** Lines of the servers' logs that tell of an error of ours. */
  readonly errors: string[] = []
  /** Rejects when the sandbox ends by itself: nobody's work gets on any more. */
  readonly vendorsGone: Promise<never>
  readonly #more: Environment
  readonly #sandbox: SandboxProcess
  readonly #running = new Set<Server>()

  private constructor(
    settings: SceneSettings,
    made: { home: string; chance: Chance; sandbox: SandboxProcess; urls: readonly string[] },
  ) {
    this.seed = settings.seed
    this.place = settings.place
    this.home = made.home
    this.chance = made.chance
    this.urls = made.urls
    this.progress = settings.onProgress ?? (() => {})
    this.#more = settings.environment ?? {}
    this.#sandbox = made.sandbox
    this.vendors = new VendorRecord(join(made.home, 'sandbox'))
    const { urls, book, trail } = this
    const chance = made.chance.branch()
    const patienceMs = settings.patienceMs ?? 15_000
    this.office = new Office({ urls, keysDir: this.#keysDir, book, trail, chance, patienceMs })
    process.once('exit', this.#endSandbox)
    const gone = Promise.withResolvers<never>()
    this.vendorsGone = gone.promise
    this.vendorsGone.catch(() => {})
    this.#sandbox.child?.once('exit', () => gone.reject(new Fault('The sandbox has ended')))
  }

  static async open(settings: SceneSettings): Promise<Scene> {
    const home = await mkdtemp(join(tmpdir(), 'sijil-processes-'))
    const chance = new Chance(settings.seed)
    // Where a server listens is not drawn from the seed: two scenes of one seed may run side by side.
    const ports = new Chance(randomInt(0x1_0000_0000))
    const urls: string[] = []
    for (let place = 0; place < (settings.servers ?? 1); place += 1)
      urls.push(`http://127.0.0.1:${await lastingPort(ports)}`)
    // The last of the servers is the one that is never stopped.
    const sandbox = await startSandbox(join(home, 'sandbox'), urls.at(-1) ?? '')
    return new Scene(settings, { home, chance, sandbox, urls })
  }

  get #keysDir(): string {
    return join(this.home, 'keys')
  }

  /** Starts a server; each place has its own port and its own directory. */
  serve(place = 0): Server {
    const server = new Server(
      { ...this.environment(place), SIJIL_DURABILITY: this.chance.pick(['travelling', 'each']) },
      (text) => this.#hear(text),
    )
    this.#running.add(server)
    this.trail.say(`server ${place} starts as ${server.pid}`)
    return server
  }

  environment(place = 0): Environment {
    return {
      ...this.#sandbox.environment,
      DATABASE_URL: this.place.kind === 'postgres' ? this.place.url : undefined,
      SIJIL_DATA: join(this.home, `data-${place}`),
      SIJIL_KEYS: this.#keysDir,
      SIJIL_PORT: new URL(this.urls[place] ?? '').port,
      SIJIL_PUBLIC_URL: this.urls.at(-1),
      SIJIL_DOCUSIGN_SETTLING_SECONDS: '1',
      SIJIL_LOG: 'warn',
      ...this.#more,
    }
  }

  lifeParts(): LifeParts {
    const { office, vendors, book, trail } = this
    return { office, vendors, book, trail, sandboxUrl: this.#sandbox.url, allIsQuiet: () => this.isQuiet }
  }

  /** Ends everything. What was kept on disk stays only when something was wrong. */
  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    for (const server of this.#running) await server.end()
    this.vendors.close()
    await end(this.#sandbox.child)
    process.off('exit', this.#endSandbox)
    if (!keep) {
      await rm(this.home, { recursive: true })
      return
    }
    if (this.place.kind === 'postgres')
      await sijil(['db', 'snapshot', join(this.home, 'ledger.snapshot')], this.environment()).catch(() => {})
    await writeFile(join(this.home, 'trail.log'), `${this.trail.lines.join('\n')}\n`)
  }

  readonly #endSandbox = (): void => {
    this.#sandbox.child?.kill('SIGKILL')
  }

  #hear(text: string): void {
    for (const line of text.split('\n')) {
      if (!line.startsWith('{')) continue
      this.trail.say(`log: ${line}`)
      if (/"level":[56]0/.test(line)) this.errors.push(line)
    }
  }
}

/** A machine that is very busy may let it wait longer than its starter does. */
async function startSandbox(dataDir: string, sijilUrl: string): Promise<SandboxProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startSandboxProcess({ dataDir, httpPort: 0, smtpPort: 0, sijilUrl, tenant: 'madar' })
    } catch (error) {
      if (attempt === 5) throw error
    }
  }
}

const LAST_LINES = 40

/** Plays in a scene of its own. Whatever is thrown names the seed, and where all that was left is kept. */
export async function inScene<Result>(
  settings: SceneSettings,
  play: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  const scene = await Scene.open(settings)
  try {
    const result = await play(scene)
    await scene.close({ keep: false })
    return result
  } catch (cause) {
    await scene.close({ keep: true })
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Fault(
      `${why}\n\nseed ${settings.seed}, ${settings.place.kind}; data and trail.log are kept in ${scene.home}. The trail ends so:\n` +
        scene.trail.lines.slice(-LAST_LINES).join('\n'),
      { cause },
    )
  }
}
