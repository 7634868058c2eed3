import type { Collection, SandboxRecord } from './record.ts'

export interface Delivery {
  readonly id: string
  readonly vendor: string
  readonly url: string
  readonly body: WebhookBody
  readonly attempts: number
  readonly state: 'due' | 'delivered' | 'given up'
  readonly dueAt: number
  /** The status of the last answer; undefined when none came. */
  readonly lastStatus: number | undefined
}

export type WebhookBody = Readonly<Record<string, unknown>>

/** How one vendor sends its webhooks. */
export interface WebhookForm {
  /** The headers of one delivery, with the signature over exactly these bytes, sent to this address. */
  readonly sign: (raw: Buffer, url: string) => Readonly<Record<string, string>>
  /** Default: JSON. */
  readonly encoded?: (body: WebhookBody) => { readonly raw: Buffer; readonly contentType: string }
  /** Default: any status from 200 to 299. */
  readonly taken?: (answer: WebhookAnswer) => boolean
}
export interface WebhookAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

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
  readonly #formOf: (vendor: string) => WebhookForm
  #timer: NodeJS.Timeout | undefined
  #pumping: Promise<void> | undefined
  #held = false
  #closed = false
  #waiting: (() => void)[] = []
  constructor(record: SandboxRecord, formOf: (vendor: string) => WebhookForm) {
    this.#deliveries = record.collection('delivery')
    this.#formOf = formOf
    for (const delivery of this.all()) if (delivery.state === 'due') this.#due.set(delivery.id, delivery)
  }

  add(vendor: string, url: string, body: WebhookBody): void {
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
    const form = this.#formOf(known.vendor)
    const { raw, contentType } = encoded(form, known.body)
    const headers = form.sign(Buffer.concat([raw, Buffer.from(' ')]), known.url)
    return (await post(known.url, raw, { 'content-type': contentType, ...headers }))?.status
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
    const form = this.#formOf(vendor)
    const { raw, contentType } = encoded(form, body)
    const answer = await post(url, raw, { 'content-type': contentType, ...form.sign(raw, url) })
    const lastStatus = answer?.status
    const state =
      answer !== undefined && (form.taken ?? isSuccess)(answer)
        ? 'delivered'
        : attempts + 1 >= ATTEMPTS
          ? 'given up'
          : 'due'
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

const isSuccess = ({ status }: WebhookAnswer) => status >= 200 && status < 300

const encoded = ({ encoded: own }: WebhookForm, body: WebhookBody) =>
  own?.(body) ?? { raw: Buffer.from(JSON.stringify(body)), contentType: 'application/json' }

async function post(
  url: string,
  raw: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<WebhookAnswer | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(raw),
      headers: { connection: 'close', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch {
    return undefined
  }
}
