import type { Collection, SandboxRecord, Vendor } from './record.ts'

export interface Delivery {
  readonly id: string
  readonly vendor: Vendor
  readonly url: string
  readonly body: Readonly<Record<string, unknown>>
  readonly attempts: number
  readonly state: 'due' | 'delivered' | 'given up'
  readonly dueAt: number
  /** The status of the last answer; undefined when none came. */
  readonly lastStatus: number | undefined
}

/** The headers of one delivery, with the vendor's signature over exactly these bytes. */
export type Sign = (vendor: Vendor, raw: Buffer) => Readonly<Record<string, string>>

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 5_000
/** About a quarter of an hour of silence. */
const ATTEMPTS = 180
const ANSWER_WITHIN_MS = 5_000

/** Webhooks on their way. Kept in the record, so that they arrive also after this or the other side was killed. */
export class WebhookQueue {
  readonly #deliveries: Collection<Delivery>
  /** Those that are due, so that the many that were delivered are not read again. */
  readonly #due = new Map<string, Delivery>()
  readonly #sign: Sign
  #timer: NodeJS.Timeout | undefined
  #pumping: Promise<void> | undefined
  #held = false
  #closed = false
  #waiting: (() => void)[] = []
  constructor(record: SandboxRecord, sign: Sign) {
    this.#deliveries = record.collection('delivery')
    this.#sign = sign
    for (const delivery of this.all()) if (delivery.state === 'due') this.#due.set(delivery.id, delivery)
  }

  add(vendor: Vendor, url: string, body: Readonly<Record<string, unknown>>): void {
    const id = String(this.#deliveries.count() + 1)
    this.#put({ id, vendor, url, body, attempts: 0, state: 'due', dueAt: Date.now(), lastStatus: undefined })
    // What is added while a vendor acts leaves only when the act is recorded.
    setImmediate(() => this.pump())
  }

  all(): readonly Delivery[] {
    return this.#deliveries.all()
  }

  /** Nothing leaves until `release`. */
  hold(): void {
    this.#held = true
  }

  release(order: 'in order' | 'reversed' = 'in order'): void {
    const due = [...this.#due.values()]
    if (order === 'reversed') {
      const latest = Date.now()
      for (const [index, delivery] of due.toReversed().entries())
        this.#put({ ...delivery, dueAt: latest - due.length + index })
    }
    this.#held = false
    this.pump()
  }

  /** Delivers a webhook once more, as vendors do when an acknowledgement was lost. */
  repeat(id: string): void {
    const known = this.#deliveries.get(id)
    if (known !== undefined) this.add(known.vendor, known.url, known.body)
  }

  /** Sends the bytes of a webhook with a signature that is not the vendor's, and tells the answer. */
  async forge(id: string): Promise<number | undefined> {
    const known = this.#deliveries.get(id)
    if (known === undefined) return undefined
    const raw = Buffer.from(JSON.stringify(known.body))
    return post(known.url, raw, this.#sign(known.vendor, Buffer.concat([raw, Buffer.from(' ')])))
  }

  /** Resolves when nothing is due any more. */
  async settled(): Promise<void> {
    if (this.#due.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    this.pump()
    await promise
  }

  pump(): void {
    if (this.#pumping !== undefined || this.#held || this.#closed) return
    clearTimeout(this.#timer)
    this.#pumping = this.#sendDue().finally(() => {
      this.#pumping = undefined
      this.#rest()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#pumping
  }

  #rest(): void {
    if (this.#closed) return
    const next = this.#next()
    if (next !== undefined) this.#timer = setTimeout(() => this.pump(), Math.max(0, next.dueAt - Date.now()))
    else for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #sendDue(): Promise<void> {
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.dueAt > Date.now() || this.#held || this.#closed) return
      await this.#attempt(next)
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { id, vendor, url, attempts } = delivery
    const body = 'retryCount' in delivery.body ? { ...delivery.body, retryCount: attempts } : delivery.body
    const raw = Buffer.from(JSON.stringify(body))
    const lastStatus = await post(url, raw, this.#sign(vendor, raw))
    const taken = lastStatus !== undefined && lastStatus >= 200 && lastStatus < 300
    const state = taken ? 'delivered' : attempts + 1 >= ATTEMPTS ? 'given up' : 'due'
    const wait = Math.min(FIRST_WAIT_MS * 2 ** attempts, LONGEST_WAIT_MS)
    this.#put({ ...delivery, id, attempts: attempts + 1, state, lastStatus, dueAt: Date.now() + wait })
  }

  #next(): Delivery | undefined {
    return [...this.#due.values()].toSorted((one, other) => one.dueAt - other.dueAt)[0]
  }

  #put(delivery: Delivery): void {
    this.#deliveries.put(delivery.id, delivery)
    if (delivery.state === 'due') this.#due.set(delivery.id, delivery)
    else this.#due.delete(delivery.id)
  }
}

async function post(url: string, raw: Buffer, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(raw),
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return undefined
  }
}
