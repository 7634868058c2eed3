import { setTimeout as pause } from 'node:timers/promises'
import { people } from '../../src/seed/people.ts'
import { applicationFrom } from './application.ts'
import type { Book, EffectOfRun, RunView, TaskOfRun, Verdict } from './book.ts'
import type { Chance } from './chance.ts'
import { codeIn, type Office } from './office.ts'
import { Fault, type Trail } from './trail.ts'
import { type VendorRecord, withoutGeneration } from './vendor-record.ts'

export interface LifeParts {
  readonly office: Office
  readonly sandboxUrl: string
  readonly vendors: VendorRecord
  readonly book: Book
  readonly trail: Trail
  /** Whether nothing that was sent can still be on its way: only then can a person say that it never happened. */
  readonly allIsQuiet: () => boolean
}

const LOOK_MS = 60
const LOOKS_APART_MS = 200
/** What left a killed process has arrived by then. */
const ARRIVED_MS = 1_500
const RETRIES = 3

/** One application, led to its end by everybody it comes to: its requester, deciders, partner, signers and an operator. */
export class Life {
  readonly #parts: LifeParts
  readonly #chance: Chance
  readonly #eagerPartner: boolean
  readonly #cancelledAtLook: number
  readonly #answered = new Set<string>()
  readonly #doubtedSince = new Map<string, number>()
  #signed = false
  #looks = 0
  #retries = 0

  constructor(parts: LifeParts, chance: Chance) {
    this.#parts = parts
    this.#chance = chance
    this.#eagerPartner = chance.happens(30)
    this.#cancelledAtLook = chance.happens(12) ? 1 + chance.whole(40) : Number.POSITIVE_INFINITY
  }

  /** Resolves when the run has ended, or is stuck and tells why. `at`: the server at which it is started. */
  async lead(idempotencyKey: string, at?: string): Promise<void> {
    const run = await this.#start(idempotencyKey, at)
    for (;;) {
      const view = await this.#parts.office.run(run)
      if (view.outcome !== null) return
      this.#looks += 1
      if (await this.#takesPart(view)) continue
      // What waits for a person's word is not tried again before that word.
      if (view.status === 'stuck' && !view.effects.some(isDoubtful) && (await this.#isGivenUp(view))) return
      await pause(LOOK_MS + this.#chance.upTo(LOOKS_APART_MS))
    }
  }

  async #start(idempotencyKey: string, at?: string): Promise<string> {
    const { book, office } = this.#parts
    const person = this.#chance.happens(20) ? 'maha' : 'noura'
    const body = { workflow: 'partner-approval', input: applicationFrom(this.#chance) }
    const ask = () => office.ask({ person, method: 'POST', path: '/runs', body, idempotencyKey, at })
    const twice = this.#chance.happens(25)
    if (twice) book.repeated += 1
    const answers = await Promise.all(twice ? [ask(), ask()] : [ask()])
    const runs = new Set(answers.map(({ status, text }) => idIn(status, text)))
    for (const run of runs) {
      if (runs.size > 1) throw new Fault(`one idempotency key was answered with the runs ${[...runs].join(', ')}`)
      book.starts.set(idempotencyKey, run)
      return run
    }
    throw new Fault('a start without an answer')
  }

  /** False when there was nothing to do for anybody. */
  async #takesPart(view: RunView): Promise<boolean> {
    if (this.#looks === this.#cancelledAtLook) return this.#cancel(view)
    for (const effect of view.effects.filter(isDoubtful)) if (await this.#settle(effect)) return true
    const task = view.tasks.find(({ state, kind }) => state === 'open' && kind === 'gate')
    if (task !== undefined) return this.#decide(task)
    return (await this.#reply(view)) || this.#sign(view)
  }

  async #cancel({ id, requester }: RunView): Promise<boolean> {
    const body = { undo: true, why: 'the applicant thought better of it' }
    const told = await this.#parts.office.ask({ person: requester, method: 'POST', path: `/runs/${id}/cancel`, body })
    if (told.status === 202) this.#parts.book.cancels.add(id)
    else if (told.status !== 409) throw unexpected('a cancel', told)
    return true
  }

  // — decisions ————————————————————————————————————————————————————————————————————————————————————————————————————————

  async #decide(task: TaskOfRun): Promise<boolean> {
    const deciders = decidersOf(task)
    if (deciders.length === 0) return false
    const person = this.#chance.pick(deciders)
    const vote = { person, verdict: this.#verdictOn(task.gate) }
    const rival = this.#chance.happens(25) ? deciders.find((one) => one !== person) : undefined
    // Two may decide at the same moment, and differently: the first one counts.
    const votes = [
      vote,
      ...(rival === undefined ? [] : [{ person: rival, verdict: this.#verdictOn(task.gate) } as const]),
    ]
    await Promise.all(votes.map((one) => this.#vote(task, one.person, one.verdict)))
    if (this.#chance.happens(15)) {
      this.#parts.book.repeated += 1
      await this.#ballot(task, vote.person, vote.verdict)
    }
    return true
  }

  #verdictOn(gate: string): Verdict {
    if (this.#chance.happens(10)) return 'reject'
    return gate === 'legalReview' && this.#chance.happens(20) ? 'return' : 'approve'
  }

  /** A decision counts as acknowledged when it was answered so, or when the ledger shows it to whoever asked again. */
  async #vote(task: TaskOfRun, person: string, verdict: Verdict): Promise<void> {
    const { book, office } = this.#parts
    if (!(await this.#ballot(task, person, verdict))) {
      const now = (await office.run(task.run)).tasks.find(({ id }) => id === task.id)
      if (now?.decisions.some((decision) => decision.person === person) !== true) return
    }
    book.decisions.push({ run: task.run, task: task.id, person, verdict })
  }

  /** Whether it was answered with yes. */
  async #ballot(task: TaskOfRun, person: string, verdict: Verdict): Promise<boolean> {
    const { office } = this.#parts
    const comments = verdict === 'approve' ? {} : { comments: 'commission: 9\nAs discussed.' }
    if (this.#chance.happens(50)) {
      const value = verdict === 'approve' ? { value: { note: 'مناسب' } } : {}
      const body = { verdict, digest: task.digest, ...comments, ...value }
      const told = await office.ask({ person, method: 'POST', path: `/tasks/${task.id}/decisions`, body })
      if (told.status !== 200 && told.status !== 409) throw unexpected('a decision', told)
      return told.status === 200
    }
    const link = await office.ask({ person, method: 'POST', path: `/tasks/${task.id}/link` })
    if (link.status === 409 || link.status === 403) return false // decided meanwhile, maybe by this very person
    const path = /\/d\/[\w-]+/.exec(link.text)?.[0]
    if (link.status !== 201 || path === undefined) throw unexpected('a link', link)
    const told = await office.ask({ method: 'POST', path, form: { verdict, ...comments, 'value.note': 'noted' } })
    if (told.status !== 303 && told.status !== 409) throw unexpected('a decision by link', told)
    return told.status === 303
  }

  // — the partner and the signers ——————————————————————————————————————————————————————————————————————————————————————

  /** An eager partner answers as soon as the mail is there, maybe before anybody waits for the answer. */
  async #reply(view: RunView): Promise<boolean> {
    const { book, office, vendors } = this.#parts
    if (!this.#eagerPartner && view.waits.every(({ name }) => name !== 'partnerReply')) return false
    const mail = vendors.mailsOf(view.id).findLast(({ answerPath }) => answerPath !== undefined)
    if (mail?.answerPath === undefined || this.#answered.has(mail.key)) return false
    this.#answered.add(mail.key)
    const request = { method: 'POST', path: mail.answerPath, form: this.#answer() } as const
    const told = await office.ask(request)
    // A link is used once: whoever asks again after a lost answer is told that it has been.
    if (told.status !== 200 && !(told.status === 410 && told.unanswered > 0)) throw unexpected('an answer', told)
    book.replies.push({ run: view.id, signal: `link/${mail.key}` })
    if (this.#chance.happens(20)) {
      book.repeated += 1
      const again = await office.ask(request)
      if (again.status !== 410) throw unexpected('a second answer', again)
    }
    return true
  }

  #answer(): Readonly<Record<string, string>> {
    if (this.#chance.happens(15)) return { form: '2', 'value.because': 'another time' }
    if (this.#chance.happens(25)) return { form: '1', 'value.commissionPercent': '20', 'value.note': 'a little more' }
    return { form: '0' }
  }

  async #sign({ id, waits }: RunView): Promise<boolean> {
    const { book, vendors, sandboxUrl, trail } = this.#parts
    if (this.#signed || (!this.#eagerPartner && waits.every(({ name }) => name !== 'agreementSigned'))) return false
    const envelope = vendors.envelopeOf(id)
    if (envelope === undefined) return false
    this.#signed = true
    const how = this.#chance.happens(12) ? 'declined' : 'signed'
    const act = how === 'signed' ? 'sign' : 'decline'
    for (const { recipientId } of how === 'signed' ? envelope.signers : envelope.signers.slice(0, 1))
      await press(`${sandboxUrl}/inspect/envelopes/${envelope.envelopeId}/${act}/${recipientId}`)
    trail.say(`envelope of ${id}: ${how}`)
    // Who signs what was voided meanwhile signs nothing.
    const status = vendors.envelopeOf(id)?.status
    if (status === 'completed' || status === 'declined') book.envelopes.push({ run: id, how })
    if (this.#chance.happens(30)) await this.#repeatWebhook()
    return true
  }

  async #repeatWebhook(): Promise<void> {
    const { book, vendors, sandboxUrl } = this.#parts
    book.repeated += 1
    await press(`${sandboxUrl}/inspect/deliveries/${1 + this.#chance.whole(vendors.deliveries)}/repeat`)
  }

  // — the operator —————————————————————————————————————————————————————————————————————————————————————————————————————

  /** Looks at the vendor, and says the truth. False while it is too early to say. */
  async #settle({ run, key, state, of, generation, attempt }: EffectOfRun): Promise<boolean> {
    const { office, vendors, book, allIsQuiet } = this.#parts
    const doubt = `${key} ${generation} ${attempt}`
    const since = this.#doubtedSince.get(doubt) ?? performance.now()
    this.#doubtedSince.set(doubt, since)
    if (!allIsQuiet() || performance.now() - since < ARRIVED_MS) return false
    const output = vendors.outputOf(run, withoutGeneration(key))
    const resolution =
      state === 'parked'
        ? { outcome: 'abandon' }
        : output === undefined
          ? { outcome: 'never' }
          : { outcome: 'happened', ...(of === null ? { output } : {}) }
    const body = { key, resolution, why: 'looked it up at the vendor' }
    const told = await office.ask({ person: 'yousef', method: 'POST', path: `/runs/${run}/effects/resolve`, body })
    if (told.status !== 202 && told.status !== 409) throw unexpected('a resolution', told)
    if (told.status === 202) book.settled.push({ run, key, outcome: resolution.outcome })
    return told.status === 202
  }

  async #isGivenUp({ id, stuckCode, why }: RunView): Promise<boolean> {
    const { office, book, trail } = this.#parts
    trail.say(`the run ${id} is stuck: ${stuckCode} ${why}`)
    this.#retries += 1
    if (this.#retries > RETRIES) {
      book.stuck.add(id)
      return true
    }
    const body = { why: 'it may have been passing' }
    const told = await office.ask({ person: 'yousef', method: 'POST', path: `/runs/${id}/retry`, body })
    if (told.status !== 202 && codeIn(told.text) !== 'NOT_STUCK') throw unexpected('a retry', told)
    return false
  }
}

const isDoubtful = ({ state }: EffectOfRun): boolean => state === 'in_doubt' || state === 'parked'

/** Who may decide what is still open, and has not. */
const decidersOf = ({ slots, requester, decisions }: TaskOfRun): readonly string[] => {
  const wanted = new Set(slots.filter(({ by }) => by === null).flatMap(({ roles }) => roles))
  return people
    .filter(({ person, roles }) => person !== requester && roles.some((role) => wanted.has(role)))
    .map(({ person }) => person)
    .filter((person) => decisions.every((decision) => decision.person !== person))
}

const unexpected = (what: string, { status, text }: { status: number; text: string }): Fault =>
  new Fault(`${what} was answered with ${status}: ${text.slice(0, 1_000)}`)

function idIn(status: number, text: string): string {
  const id = /"id":\s*"([0-9a-f-]{36})"/.exec(text)?.[1]
  if ((status !== 200 && status !== 201) || id === undefined) throw unexpected('a start', { status, text })
  return id
}

/** A button of the sandbox's page. */
async function press(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', redirect: 'manual' })
  if (response.status !== 303) throw new Fault(`${url} was answered with ${response.status}`)
}
