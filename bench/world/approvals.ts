/**
 * People who decide at once: after every commit of the engine somebody looks which tasks are open and who is waited for, and does what
 * is asked, always in favour. The decisions go through the commands that the HTTP routes call; the partner's answer comes as a
 * signal, the signatures through the vendor and its webhooks.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { decideTask } from '../../src/decisions/decide-task.ts'
import type { Sijil } from '../../src/composition/open-sijil.ts'
import { sendSignal } from '../../src/engine/commands/send-signal.ts'
import type { Actor } from '../../src/engine/commands/actor.ts'
import { startRun } from '../../src/engine/commands/start-run.ts'
import type { Role } from '../../src/flow/gate.ts'
import { parsePersonId } from '../../src/ledger/ids.ts'
import { people } from '../../src/seed/people.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { hearCommits } from './commits.ts'
import { asked, outcomeOf, type Asked } from './looks.ts'
import { applicationOf, signEnvelope } from './partners.ts'

/** Between two looks. */
const LOOK_MS = 5
const DECIDERS: Readonly<Record<string, Role>> = {
  managerReview: 'manager',
  legalReview: 'legal',
  executiveApproval: 'director',
}

export class Approvals {
  readonly #sijil: Sijil
  readonly #sandboxUrl: string
  /** What was done already, by run and what was asked. */
  readonly #done = new Set<string>()
  readonly #ends = new Map<string, () => void>()
  #looking: Promise<void> | undefined
  #problem: unknown
  #over = false
  #bell = Promise.withResolvers<void>()
  #count = 0

  constructor(sijil: Sijil, sandboxUrl: string) {
    this.#sijil = sijil
    this.#sandboxUrl = sandboxUrl
    hearCommits(sijil.database, () => this.#bell.resolve())
    this.#looking = this.#look()
  }

  /** One partner, from the application to the portal. */
  async run(): Promise<void> {
    this.#count += 1
    const { id } = await startRun(this.#sijil, actorOf('requester'), {
      workflow: 'partner-approval',
      input: applicationOf(this.#count),
    })
    await new Promise<void>((resolve) => {
      this.#ends.set(id, resolve)
      this.#bell.resolve() // it may have ended already
    })
    if (this.#problem !== undefined) throw new Error('nobody decides any more', { cause: this.#problem })
    const outcome = await outcomeOf(this.#sijil.database, id)
    if (outcome !== 'completed') throw new Error(`a partner approval of the bench ended as ${outcome}`)
  }

  async close(): Promise<void> {
    this.#over = true
    this.#bell.resolve()
    await this.#looking
  }

  async #look(): Promise<void> {
    try {
      for (;;) {
        await this.#bell.promise
        if (this.#over) return
        this.#bell = Promise.withResolvers()
        // Who is started while the ledger is asked is not among those it says are alive.
        const awaited = [...this.#ends]
        const { alive, open } = await asked(this.#sijil.database, SAMPLE_TENANT)
        await Promise.all(open.map((one) => this.#answer(one)))
        const living = new Set(alive)
        for (const [run, resolve] of awaited) {
          if (living.has(run)) continue
          this.#ends.delete(run)
          resolve()
        }
        await delay(LOOK_MS)
      }
    } catch (error) {
      this.#problem = error
      for (const resolve of this.#ends.values()) resolve()
    }
  }

  async #answer(one: Asked): Promise<void> {
    const what = `${one.run} ${one.key}`
    if (this.#done.has(what)) return
    this.#done.add(what)
    if (one.kind === 'task') {
      const role = DECIDERS[one.name]
      if (role === undefined) throw new Error(`nobody decides ${one.name}`)
      await decideTask(this.#sijil, actorOf(role), { task: one.id, verdict: 'approve', digest: one.digest, value: {} })
    } else if (one.name === 'partnerReply') {
      const payload = { answer: 'accept', round: 1 }
      await sendSignal(this.#sijil, actorOf('operator'), { run: one.run, signal: one.name, payload, id: what })
    } else if (one.name === 'agreementSigned') await signEnvelope(this.#sandboxUrl, one.envelope)
  }
}

function actorOf(role: Role): Actor {
  const person = people.find(({ roles }) => roles.includes(role))
  if (person === undefined) throw new Error(`the sample organisation has no ${role}`)
  return { tenant: SAMPLE_TENANT, person: parsePersonId(person.person), roles: person.roles, source: 'http' }
}
