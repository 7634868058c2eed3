/**
 * Vendors over a bad network, behind the connectors' own rules of when a call may leave and when it is given up. A request may
 * be lost, an answer may be lost or late, and a vendor may act on a request that its caller has given up, within its settling time.
 */
import { configure } from '../../src/connectors/configured-connector.ts'
import type { Call, ChangingOperation } from '../../src/connectors/connector.ts'
import type { OpenSystems } from '../../src/engine/systems.ts'
import { EffectNotMade, EffectRefused, EffectUnknown, NeverHappened, SafeToRepeat } from '../../src/flow/failure.ts'
import type { SystemName, Systems } from '../../src/flow/effect.ts'
import { played } from '../../src/testing/played.ts'
import { noLedger } from '../support/no-database.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Trace } from './trace.ts'
import type { Owner, VirtualTime } from './virtual-time.ts'

export interface Act {
  readonly what: string
  /** `<run>/<step key>`, with the generation. */
  readonly key: string
  readonly at: number
}

/** How long after a call was given up a vendor may still act on it, in milliseconds. */
export const SETTLING_MS = 5_000
const LATENCY_MS = 40
const SLOW_MS = 4_000
const OPERATION_MS = 8_000

export class Vendors {
  readonly acts: Act[] = []
  /** How many requests are on their way: the vendor has not acted on them yet. */
  underWay = 0
  readonly #time: VirtualTime
  readonly #faults: Faults
  readonly #random: Random
  readonly #trace: Trace
  readonly #onAct: (act: Act) => void

  constructor(parts: { time: VirtualTime; faults: Faults; random: Random; trace: Trace; onAct: (act: Act) => void }) {
    this.#time = parts.time
    this.#faults = parts.faults
    this.#random = parts.random
    this.#trace = parts.trace
    this.#onAct = parts.onAct
  }

  /** The connectors of one process. A mail server cannot be asked, WhatsApp only confirms, the CRM refuses doubles, e-signature can be asked. */
  openSystems(owner: Owner): OpenSystems {
    const client: Client = { owner, vendors: this, time: this.#time, givenUpAt: new Map() }
    const email = connector('email', client, {
      send: operation('none', (call) => ({ messageId: `mail:${call.key}` }), cannotBeAsked),
    })
    const whatsapp = connector('whatsapp', client, {
      sendTemplate: operation('none', (call) => ({ messageId: `wa:${call.key}` }), seen),
    })
    const crm = connector('crm', client, {
      savePartner: operation(
        'native key',
        (call) => ({ recordId: `crm:${call.key}`, created: true }),
        async (found) => {
          if (!found) throw new SafeToRepeat()
        },
      ),
    })
    const esign = connector('esign', client, {
      sendEnvelope: operation('probe', (call) => ({ envelopeId: `env:${call.key}` }), canBeAsked),
      voidEnvelope: operation('probe', (call) => ({ envelopeId: `void:${call.key}` }), canBeAsked),
    })
    return (scope) =>
      played({
        email: { send: (request) => email('send', request, scope) },
        whatsapp: { sendTemplate: (request) => whatsapp('sendTemplate', request, scope) },
        crm: { savePartner: (request) => crm('savePartner', request, scope) },
        esign: {
          sendEnvelope: (request) => esign('sendEnvelope', request, scope),
          voidEnvelope: (request) => esign('voidEnvelope', request, scope),
        },
      })
  }

  acted(key: string): boolean {
    return this.acts.some((act) => act.key === key)
  }

  /** A call that changes something. Throws as the connectors do. */
  async make<Answer>(what: string, call: Call<Client>, refusesDoubles: boolean, answer: () => Answer): Promise<Answer> {
    const { owner } = call.client
    await this.#travel(owner, call.signal) // a token is fetched first
    call.begin()
    const { key } = call
    const faults = {
      lost: this.#faults.strikes('request to the vendor lost'),
      late: this.#faults.strikes('vendor acts late'),
      refuses: this.#faults.strikes('vendor refuses'),
      busy: this.#faults.strikes('vendor is busy'),
      replyLost: this.#faults.strikes('reply of the vendor lost'),
      replyLate: this.#faults.strikes('reply of the vendor late'),
    }
    this.#trace.note(`${owner.name}: calls ${what} ${key}`)
    return new Promise<Answer>((resolve, reject) => {
      call.signal.addEventListener('abort', () => {
        reject(new EffectUnknown('TIMED_OUT', 'no answer came in time'))
      })
      const reply = (settle: () => void): void => {
        if (faults.replyLost) return
        this.#time.after(this.#random.around(faults.replyLate ? SLOW_MS : LATENCY_MS), owner, settle)
      }
      const arrive = (): void => {
        this.underWay -= 1
        if (faults.busy) return reply(() => reject(new EffectNotMade('BUSY', 'the vendor is busy')))
        if (faults.refuses) return reply(() => reject(new EffectRefused('SAID_NO', 'the vendor said no')))
        if (!refusesDoubles || !this.acted(key)) this.#act(what, key)
        reply(() => resolve(answer()))
      }
      if (faults.lost) return
      this.underWay += 1
      const latest = Math.max(0, (call.client.givenUpAt.get(key) ?? 0) - this.#time.now) + SETTLING_MS
      const wait = faults.late ? this.#random.fraction() * latest : this.#random.around(LATENCY_MS)
      this.#time.after(Math.min(wait, latest), undefined, arrive)
    })
  }

  /** Whether the vendor knows the key. */
  async ask(call: Call<Client>): Promise<boolean> {
    const { owner } = call.client
    await this.#travel(owner, call.signal)
    if (this.#faults.strikes('vendor cannot be asked'))
      throw new EffectNotMade('NOT_READ', 'the vendor could not be read')
    const found = this.acted(call.key)
    await this.#travel(owner, call.signal)
    return found
  }

  #act(what: string, key: string): void {
    const act = { what, key, at: this.#time.now }
    this.acts.push(act)
    this.#trace.note(`the vendor acts: ${what} ${key}`)
    this.#onAct(act)
  }

  #travel(owner: Owner, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new EffectNotMade('UNREACHABLE', 'nothing was sent')))
      this.#time.after(this.#random.around(LATENCY_MS), owner, resolve)
    })
  }
}

interface Client {
  readonly owner: Owner
  readonly vendors: Vendors
  readonly time: VirtualTime
  /** When the call with a key is given up at the latest. */
  readonly givenUpAt: Map<string, number>
}
type Probe = (found: boolean, call: Call<Client>) => Promise<void>
type Changing = ChangingOperation<Client, unknown, unknown>

const title = { en: 'Simulated', ar: 'محاكاة' } as const

const operation =
  (idempotency: Changing['idempotency'], answer: (call: Call<Client>) => unknown, probe: Probe) =>
  (what: string): Changing => ({
    kind: 'changing',
    title,
    documentation: '',
    approval: 'A',
    idempotency,
    timeoutMs: OPERATION_MS,
    rateLimit: { calls: 1, perMs: 1 },
    retry: { attempts: 1, firstWaitMs: 1, longestWaitMs: 1 },
    auditEvent: '',
    undoneBy: { never: title },
    make: (_request, call) => call.client.vendors.make(what, call, idempotency === 'native key', () => answer(call)),
    async probe(_request, call) {
      await probe(await call.client.vendors.ask(call), call)
      return answer(call)
    },
  })

/** The operations of a role, with the connectors' own rules around them. */
function connector<Role extends SystemName>(
  system: Role,
  client: Client,
  operations: { readonly [Name in keyof Systems[Role] & string]?: (what: string) => Changing },
) {
  const made = Object.entries<((what: string) => Changing) | undefined>(operations).map(
    ([name, of]) => [name, of?.(`${system}.${name}`)] as const,
  )
  const configured = configure<SystemName, Record<string, never>, Client>(
    {
      key: system,
      system,
      displayName: title,
      version: '1',
      documentation: '',
      external: true,
      classification: 'internal',
      personalData: [],
      processedIn: title,
      settings: {},
      client: () => client,
      operations: Object.fromEntries(made) as never, // one for each method of the role, as the parameter's type says
      health: async () => ({ state: 'up' }),
    },
    {},
  )
  return async (name: string, request: unknown, scope: Parameters<OpenSystems>[0]) => {
    client.givenUpAt.set(scope.key, client.time.now + Math.min(OPERATION_MS, scope.deadline - scope.now))
    // The answers are made above, one kind for each operation.
    return (await configured.operations[name]?.run(request, scope, noLedger())) as never
  }
}

async function cannotBeAsked(): Promise<void> {
  throw new EffectUnknown('CANNOT_ASK', 'a mail server cannot be asked')
}

async function seen(_found: boolean, call: Call<Client>): Promise<void> {
  const [sighting] = await call.sightings()
  if (sighting === undefined) throw new EffectUnknown('NOT_SEEN', 'no status came')
}

async function canBeAsked(found: boolean): Promise<void> {
  if (!found) throw new NeverHappened(SETTLING_MS)
}
