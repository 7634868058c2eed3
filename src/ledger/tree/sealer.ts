import { setTimeout as pause } from 'node:timers/promises'
import { textArray } from '../database/binary-array.ts'
import type { Database, Session } from '../database/database.ts'
import { type HeadsFile, openHeadsFile } from './heads-file.ts'
import { type Slice, sealSlice } from './seal-slice.ts'
import { type HeadSigner, type SignedHead, verifyHead } from './tree-head.ts'
import { headsOfAllTenants, sealingLag, tenantsToSeal } from './tree-statements.ts'

export type SealingProblem =
  /** A pass failed (the database or the heads file). Nothing is lost: rows wait for the next pass, heads for the file. */
  | { readonly code: 'SEALING_FAILED'; readonly message: string; readonly cause: unknown }
  /** The last head of a tenant's tree is not genuine. Its tree is not extended until somebody has looked and restarted. */
  | { readonly code: 'TREE_HEAD_NOT_TRUSTED'; readonly message: string; readonly tenant: string }

export interface SealerSettings {
  readonly database: Database
  readonly signer: HeadSigner
  /** Path of the heads file: outside the database and its snapshots. */
  readonly headsFile: string
  /** Pause between two looks. Default 250; at most 30 000. */
  readonly everyMs?: number
  /** Rows that one transaction takes. Default 5 000. */
  readonly sliceRows?: number
  /** Tenants that one transaction serves. Default 20 on PGlite, 100 on a server. */
  readonly sliceTenants?: number
  readonly onProblem: (problem: SealingProblem) => void
}

export interface Sealer {
  /** Seals every row that is visible now and puts the heads into the file. Says how many rows. Throws what the database throws. */
  sealNow(): Promise<number>
  /** Ends after the slice that is under way. */
  stop(): Promise<void>
}

// More tenants in a slice cost less time in all, and keep everybody else who needs the one session of PGlite waiting for longer.
const defaults = { everyMs: 250, sliceRows: 5_000, sliceTenants: { pglite: 20, postgres: 100 } } as const
const longestPauseMs = 30_000

/** Throws what the file system throws when the heads file cannot be opened. Later failures go to `onProblem` and are tried again. */
export async function startSealer(settings: SealerSettings): Promise<Sealer> {
  const passes = new SealingPasses(settings, await openHeadsFile(settings.headsFile))
  const everyMs = Math.min(settings.everyMs ?? defaults.everyMs, longestPauseMs)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const arm = (pauseMs: number): void => {
    if (!stopped) timer = setTimeout(() => void look(pauseMs), pauseMs)
  }
  const look = async (pauseMs: number): Promise<void> => {
    try {
      await passes.next()
      arm(everyMs)
    } catch (cause) {
      settings.onProblem({ code: 'SEALING_FAILED', message: 'Audit rows wait for their leaf: a pass failed.', cause })
      arm(Math.min(pauseMs * 2, longestPauseMs))
    }
  }
  arm(everyMs)
  return {
    sealNow: () => passes.next(),
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await passes.end()
    },
  }
}

/** One pass at a time, whoever asks. */
class SealingPasses {
  readonly #settings: SealerSettings
  readonly #file: HeadsFile
  readonly #vouched = new Map<string, Buffer>()
  readonly #refused = new Set<string>()
  /** Committed heads that the file does not hold yet. Undefined until the heads of earlier lives have been looked up. */
  #unwritten: SignedHead[] | undefined
  #last: Promise<unknown> = Promise.resolve()
  #ending = false

  constructor(settings: SealerSettings, file: HeadsFile) {
    this.#settings = settings
    this.#file = file
  }

  next(): Promise<number> {
    const pass = this.#last.then(() => this.#sealAll())
    this.#last = pass.catch(() => undefined)
    return pass
  }

  async end(): Promise<void> {
    this.#ending = true
    await this.#last
    await this.#file.close()
  }

  async #sealAll(): Promise<number> {
    let rows = 0
    this.#unwritten ??= await this.#headsOfEarlierLives()
    for (let more = true; more && !this.#ending; ) {
      more = false
      const waiting = await this.#tenantsToSeal()
      const { database, sliceTenants = defaults.sliceTenants[database.kind] } = this.#settings
      while (waiting.length > 0 && !this.#ending) {
        const startedAt = performance.now()
        const slice = await this.#sealSlice(waiting.splice(0, sliceTenants))
        this.#unwritten.push(...slice.heads)
        await this.#file.append(this.#unwritten)
        this.#unwritten = []
        rows += slice.rows
        more ||= slice.more
        // Whoever else needs the one session gets it for as long.
        if (database.kind === 'pglite' && waiting.length > 0) await pause(performance.now() - startedAt)
      }
    }
    return rows
  }

  async #tenantsToSeal(): Promise<string[]> {
    const leftAlone = textArray([...this.#refused])
    const found = await this.#asSealer((session) =>
      session.query<{ readonly tenant: string }>(tenantsToSeal, [leftAlone]),
    )
    return found.map(({ tenant }) => tenant)
  }

  /** A process may end between the commit of a head and its line in the file. */
  async #headsOfEarlierLives(): Promise<SignedHead[]> {
    const heads = await this.#asSealer((session) => session.query<SignedHead>(headsOfAllTenants))
    return heads.filter((head) => verifyHead(this.#settings.signer.verify, head) === 'valid')
  }

  async #sealSlice(tenants: readonly string[]): Promise<Slice> {
    const { signer, sliceRows = defaults.sliceRows } = this.#settings
    const vouched = this.#vouched
    const slice = await this.#asSealer((session) => sealSlice(session, tenants, { signer, sliceRows, vouched }))
    for (const tenant of slice.refused) this.#refuse(tenant)
    return slice
  }

  #refuse(tenant: string): void {
    this.#refused.add(tenant)
    this.#settings.onProblem({
      code: 'TREE_HEAD_NOT_TRUSTED',
      message:
        `The last head of the audit tree of ${tenant} is not one that this key vouches for. Its tree was not extended, its ` +
        'rows are still written. Verify the tree; then restart.',
      tenant,
    })
  }

  #asSealer<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#settings.database.transaction({ role: 'sealer' }, work)
  }
}

export interface SealingLag {
  /** Rows that are visible and have no leaf. */
  readonly rows: number
  /** Age of the oldest of them in milliseconds; 0 when there is none. */
  readonly oldestMs: number
}

/** How far the trees of all tenants are behind their audit logs, whichever process seals them. */
export async function readSealingLag(database: Database): Promise<SealingLag> {
  const [lag] = await database.transaction({ role: 'sealer' }, (session) => session.query<SealingLag>(sealingLag))
  return lag ?? { rows: 0, oldestMs: 0 }
}
