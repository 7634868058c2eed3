import { signedHeaders } from '../connectors/signed-headers.ts'
import type { Database } from '../ledger/database/database.ts'
import { lookRepeatedly } from '../ledger/repeated-look.ts'
import {
  type BegunAttempt,
  beginAttempt,
  claimEndpoint,
  endAttempt,
  followTrail,
  type HeldEndpoint,
  releaseAllEndpoints,
  releaseEndpoint,
} from '../ledger/webhook-delivery.ts'
import { type Answer, attemptEnd } from './attempt-end.ts'
import type { EndpointSecrets } from './endpoint-secrets.ts'
import { messageOf } from './message.ts'
import type { DeliveryMetrics } from './metrics.ts'

/** Posts a body. Never throws for what the network or the other side does. */
export type Post = (request: {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}) => Promise<Answer>

export interface DeliverySettings {
  readonly database: Database
  readonly secrets: Pick<EndpointSecrets, 'open'>
  readonly post: Post
  /** Names this process in the ledger. */
  readonly worker: string
  readonly onTrouble: (error: unknown) => void
  /** Told how each attempt ended. */
  readonly metrics?: Pick<DeliveryMetrics, 'ended'>
  /** Pause between two looks. Default 500; null: only when `deliverNow` is called. */
  readonly everyMs?: number | null
  /** From 0 up to 1: how late a retry is, as a part of what is allowed. Default: by chance. */
  readonly chance?: () => number
}

export interface Delivery {
  /** Delivers whatever is due now and held by no other process. */
  deliverNow(): Promise<void>
  /** Ends after the attempts that are under way. */
  stop(): Promise<void>
}

const EVERY_MS = 500
/** What the other side has for its answer. */
const PATIENCE_MS = 15_000
/** Longer than anything that is done between two renewals, an attempt above all. */
const LEASE_MS = 60_000
/** Endpoints that one process serves at once. */
const LANES = 4
/** Attempts before the next endpoint has its turn. */
const ATTEMPTS_A_TURN = 50
const TRAIL_ROWS_A_READ = 500

/**
 * Follows the trail for every endpoint and delivers: at least once, first attempts in the order of the trail. Several processes share
 * the endpoints of one ledger; what one held when it died another takes up when its lease is over (the one process of an embedded
 * ledger at once).
 */
export async function startDelivery(settings: DeliverySettings): Promise<Delivery> {
  const { database, onTrouble, everyMs = EVERY_MS } = settings
  if (database.kind === 'pglite') await releaseAllEndpoints(database)
  const worker = new DeliveryWorker(settings)
  const looks = lookRepeatedly(() => worker.serveAll(), { everyMs, onTrouble })
  return {
    deliverNow: () => worker.serveAll(),
    stop: async () => {
      worker.stopped = true
      await looks.stop()
    },
  }
}

class DeliveryWorker {
  stopped = false
  readonly #of: DeliverySettings

  constructor(of: DeliverySettings) {
    this.#of = of
  }

  serveAll(): Promise<void> {
    return this.#serve(LANES)
  }

  /** One endpoint after another, for as long as there is one with something to do; beside the first, others in lanes of their own. */
  async #serve(lanes: number): Promise<void> {
    const { database, worker } = this.#of
    const beside: Promise<void>[] = []
    try {
      while (!this.stopped) {
        const held = await claimEndpoint(database, worker, LEASE_MS)
        if (held === undefined) break
        if (lanes > 1 && beside.length === 0) beside.push(settled(this.#serve(lanes - 1)))
        try {
          await this.#serveEndpoint(held)
        } finally {
          await releaseEndpoint(database, held)
        }
      }
    } finally {
      await Promise.allSettled(beside)
    }
    await Promise.all(beside)
  }

  async #serveEndpoint(held: HeldEndpoint): Promise<void> {
    const { tenant, endpoint } = held
    await followTrail(this.#of.database, held, TRAIL_ROWS_A_READ, (row, events) =>
      messageOf(tenant, endpoint, row, events),
    )
    for (let made = 0; made < ATTEMPTS_A_TURN && !this.stopped; made += 1) if (!(await this.#deliverNext(held))) return
  }

  /** False when nothing is left to do for now. */
  async #deliverNext(held: HeldEndpoint): Promise<boolean> {
    const { database, worker, metrics, chance = Math.random } = this.#of
    // Counted from before the lease is renewed: a process that stood still since does not send when another may have taken over.
    const patience = AbortSignal.timeout(PATIENCE_MS)
    const latest = performance.now() + PATIENCE_MS
    const begun = await beginAttempt(database, held, LEASE_MS)
    if (begun === undefined) return false
    const answer = performance.now() < latest ? await this.#post(held, begun, patience) : notSent
    const end = attemptEnd(answer, { attempt: begun.try, now: begun.now, chance: chance() })
    if (!(await endAttempt(database, worker, held, begun, end))) return false
    metrics?.ended(end.outcome)
    return end.outcome !== 'gone'
  }

  async #post({ tenant, endpoint }: HeldEndpoint, begun: BegunAttempt, signal: AbortSignal): Promise<Answer> {
    const { secrets, post, onTrouble } = this.#of
    const sealed = [begun.secret, ...(begun.secretBefore === null ? [] : [begun.secretBefore])]
    const opened = sealed.map((one) => secrets.open(tenant, endpoint, one))
    const keys = opened.filter((secret) => secret !== undefined)
    if (keys.length < opened.length) {
      onTrouble(new Error(`the master key does not open the secret of webhook endpoint ${endpoint}: nothing was sent`))
      return notSent
    }
    const { message: id, body, now: at, url } = begun
    return post({ url, headers: signedHeaders(keys, { id, body, at }), body, signal })
  }
}

/** Whoever waits for it hears of its failure then, and not before. */
function settled(lane: Promise<void>): Promise<void> {
  lane.catch(() => undefined)
  return lane
}

const notSent: Answer = { kind: 'not sent' }
