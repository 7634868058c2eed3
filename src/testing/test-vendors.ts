import type { EffectScope, OpenSystems } from '../engine/systems.ts'
import {
  EffectHeldBack,
  EffectNotMade,
  EffectRefused,
  EffectUnknown,
  NeverHappened,
  SafeToRepeat,
} from '../flow/failure.ts'
import type { Envelope, Mail, PartnerRecord, TemplateMessage } from '../connectors/systems.ts'
import { played } from './played.ts'

/** Something a vendor did, with the idempotency key it was asked with and what it was asked. */
export interface Act {
  /** For example `email.send`. */
  readonly what: string
  readonly key: string
  readonly request: unknown
}

/** What the next call of an operation meets. */
export type Fault =
  /** A definite no. */
  | 'refuse'
  /** Not now: it certainly did not happen. */
  | 'busy'
  /** The connector does not let it begin, as when somebody has paused it. */
  | 'held back'
  /** No answer, and the vendor did nothing. */
  | 'lost before acting'
  /** No answer, although the vendor acted. */
  | 'lost after acting'
  /** The vendor acted and never answers. */
  | 'hang'

/** When what was held back looks again, in milliseconds. */
const HELD_BACK_MS = 2_000

/** How long after a call's deadline the e-signature vendor may still act, in milliseconds. */
export const SETTLING_MS = 5_000

/**
 * Vendors in memory that remember what they did. They differ as real ones do: a mail server cannot be asked, a WhatsApp status
 * only confirms, the CRM refuses doubles by itself, the e-signature service can be asked.
 */
export class TestVendors {
  readonly acts: Act[] = []
  readonly #faults = new Map<string, Fault[]>()
  readonly #point: (what: string) => Promise<void>

  /** `point` is called before a call is sent, after the vendor acted and after its answer came. */
  constructor(point: (what: string) => Promise<void> = async () => {}) {
    this.#point = point
  }

  /** The next calls of the operation, or of the effect with this key of its run, meet these, one after another. */
  fault(what: string, ...faults: readonly Fault[]): void {
    this.#faults.set(what, [...(this.#faults.get(what) ?? []), ...faults])
  }

  /** What was done, in order: `['crm.savePartner', 'email.send']`. */
  get done(): readonly string[] {
    return this.acts.map(({ what }) => what)
  }

  readonly open: OpenSystems = (scope) =>
    played({
      email: {
        send: (mail: Mail) =>
          this.#call(scope, 'email.send', mail, () => ({ messageId: `mail:${scope.key}` }), cannotBeAsked),
      },
      whatsapp: {
        sendTemplate: (message: TemplateMessage) =>
          this.#call(
            scope,
            'whatsapp.sendTemplate',
            message,
            () => ({ messageId: `wa:${scope.key}` }),
            () => seen(scope),
          ),
      },
      crm: {
        savePartner: (partner: PartnerRecord) => {
          const saved = () => ({ recordId: `crm:${partner.externalId}`, created: true })
          return this.#call(scope, 'crm.savePartner', partner, saved, () => this.#refusesDoubles(scope, saved))
        },
      },
      esign: {
        sendEnvelope: (envelope: Envelope) => {
          const sent = () => ({ envelopeId: `env:${scope.key}` })
          return this.#call(scope, 'esign.sendEnvelope', envelope, sent, () => this.#canBeAsked(scope, sent))
        },
        voidEnvelope: (voiding: { readonly envelopeId: string; readonly reason: string }) => {
          const voided = () => ({ envelopeId: voiding.envelopeId })
          return this.#call(scope, 'esign.voidEnvelope', voiding, voided, () => this.#canBeAsked(scope, voided))
        },
      },
    })

  async #call<T>(
    scope: EffectScope,
    what: string,
    request: unknown,
    answer: () => T,
    probe: () => T | Promise<T>,
  ): Promise<T> {
    if (scope.mode === 'probe') return probe()
    await this.#point(`before ${what}`)
    const ofKey = scope.key.slice(scope.key.indexOf('/') + 1)
    const fault = (this.#faults.get(ofKey) ?? []).shift() ?? this.#faults.get(what)?.shift()
    if (fault === 'refuse') throw new EffectRefused('REFUSED', 'the vendor said no')
    if (fault === 'held back') throw new EffectHeldBack('CONNECTOR_PAUSED', 'the connector is paused', HELD_BACK_MS)
    if (fault === 'busy') throw new EffectNotMade('BUSY', 'the vendor is busy')
    scope.begin()
    if (fault === 'lost before acting') throw new EffectUnknown('LOST', 'no answer came')
    this.acts.push({ what, key: scope.key, request })
    if (fault === 'lost after acting') throw new EffectUnknown('LOST', 'no answer came')
    if (fault === 'hang') await hang(scope.abort)
    await this.#point(`acted ${what}`)
    await this.#point(`answered ${what}`)
    return answer()
  }

  #acted({ key }: EffectScope): boolean {
    return this.acts.some((act) => act.key === key)
  }

  #refusesDoubles<T>(scope: EffectScope, answer: () => T): T {
    if (this.#acted(scope)) return answer()
    throw new SafeToRepeat()
  }

  #canBeAsked<T>(scope: EffectScope, answer: () => T): T {
    if (this.#acted(scope)) return answer()
    throw new NeverHappened(SETTLING_MS)
  }
}

function cannotBeAsked(): never {
  throw new EffectUnknown('CANNOT_ASK', 'a mail server cannot be asked')
}

async function seen(scope: EffectScope): Promise<{ readonly messageId: string }> {
  const [sighting] = await scope.sightings()
  if (sighting === undefined) throw new EffectUnknown('NOT_SEEN', 'no status came')
  return { messageId: sighting.reference }
}

const hang = (abort: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    abort.addEventListener('abort', () => reject(new EffectUnknown('LOST', 'gave up waiting')), { once: true })
  })
