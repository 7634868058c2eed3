import { setTimeout as pause } from 'node:timers/promises'
import { SampleOrganisation } from '../../scripts/start/sample.ts'
import { Run } from '../../src/http/routes/views.ts'
import type { Book, RunView } from './book.ts'
import type { Chance } from './chance.ts'
import { Fault, type Trail } from './trail.ts'

export interface Told {
  readonly status: number
  readonly text: string
  /** Attempts before this one that nobody answered: each may have been carried out. */
  readonly unanswered: number
}

export interface OfficeParts {
  /** Where it can be asked; any of them will do. */
  readonly urls: readonly string[]
  readonly keysDir: string
  readonly book: Book
  readonly trail: Trail
  readonly chance: Chance
  /** How long one attempt is waited for. */
  readonly patienceMs: number
}

interface Request {
  readonly person?: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly form?: Readonly<Record<string, string>>
  readonly idempotencyKey?: string
  /** The one to ask first. */
  readonly at?: string | undefined
}

/** A request that has had no answer for so long has none coming. */
const GIVE_UP_MS = 600_000
const AGAIN_MS = 100

/** Asks as people do: whoever gets no answer asks again, with the same words and the same key. */
export class Office {
  readonly #parts: OfficeParts
  #people: SampleOrganisation | undefined

  constructor(parts: OfficeParts) {
    this.#parts = parts
  }

  /** Any answer but "not now". Throws a `Fault` for one that says that we are broken, and when none comes at all. */
  async ask(request: Request): Promise<Told> {
    const { book, chance, trail, urls } = this.#parts
    const called = `${request.method} ${request.path.slice(0, 60)} ${request.person ?? ''}`
    let at = request.at ?? chance.pick(urls)
    for (let unanswered = 0, giveUpAt = performance.now() + GIVE_UP_MS; performance.now() < giveUpAt; ) {
      const answer = await this.#attempt(at, request)
      if (answer !== 'nobody' && answer !== 'lost' && answer.status !== 503) {
        if (request.method === 'POST') trail.say(`${called}: ${answer.status} ${codeIn(answer.text)}`)
        if (answer.status >= 500) throw new Fault(`${called} was answered with ${answer.status}: ${answer.text}`)
        return { ...answer, unanswered }
      }
      if (answer !== 'nobody') unanswered += 1
      if (answer === 'lost' && request.method === 'POST') {
        trail.say(`${called}: no answer`)
        book.unanswered += 1
      }
      at = chance.pick(urls)
      await pause(AGAIN_MS)
    }
    throw new Fault(`${called} was not answered for ${GIVE_UP_MS / 1_000} s`)
  }

  async run(id: string): Promise<RunView> {
    const told = await this.ask({ person: 'noura', method: 'GET', path: `/runs/${id}` })
    if (told.status !== 200) throw new Fault(`the run ${id} is not there: ${told.status} ${told.text}`)
    return Run.parse(JSON.parse(told.text))
  }

  /** `nobody`: it did not leave. `lost`: it did, and may have been carried out. */
  async #attempt(url: string, request: Request): Promise<{ status: number; text: string } | 'nobody' | 'lost'> {
    const { method, path, form } = request
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: this.#headers(request),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#parts.patienceMs),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      return isRefused(error) ? 'nobody' : 'lost'
    }
  }

  #headers({ person, body, idempotencyKey }: Request): Record<string, string> {
    return {
      ...(person === undefined ? {} : { authorization: `Bearer ${this.#keyOf(person)}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    }
  }

  #keyOf(person: string): string {
    this.#people ??= new SampleOrganisation('', this.#parts.keysDir)
    return this.#people.keyOf(person)
  }
}

/** `fetch` wraps the error of the connection. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED'

/** The code of a refusal, or nothing. */
export const codeIn = (text: string): string => /"code":\s*"([A-Z_]+)"/.exec(text)?.[1] ?? ''
