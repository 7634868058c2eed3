import type { Collection, SandboxRecord } from '../../record.ts'
import {
  type AgreementCreation,
  type AgreementHappening,
  newAgreement,
  nextSigner,
  type StoredAgreement,
  timeNow,
} from './agreement.ts'

/** Tells the sender what befell an agreement. */
export type ReportAgreement = (event: string, agreement: StoredAgreement) => void

export interface TransientDocument {
  readonly name: string
  readonly contentBase64: string
}

/** The account with its agreements: what the interface and the people who sign do to them. */
export class AdobeSignAccount {
  readonly #record: SandboxRecord
  readonly #report: ReportAgreement
  readonly agreements: Collection<StoredAgreement>
  readonly documents: Collection<TransientDocument>
  constructor(record: SandboxRecord, report: ReportAgreement) {
    this.#record = record
    this.#report = report
    this.agreements = record.collection('agreement')
    this.documents = record.collection('transient document')
  }

  draft(creation: AgreementCreation): StoredAgreement {
    const agreement = this.#happened(newAgreement(creation), 'CREATED')
    this.#act('agreement drafted', agreement.externalId, agreement)
    this.#report('AGREEMENT_CREATED', agreement)
    return agreement
  }

  /** The caller has checked that it is a draft. */
  send(agreement: StoredAgreement): void {
    const sent = this.#happened({ ...agreement, status: 'OUT_FOR_SIGNATURE' }, 'ACTION_REQUESTED')
    this.#act('envelope sent', sent.externalId, sent)
    this.#report('AGREEMENT_ACTION_REQUESTED', sent)
  }

  /** The caller has checked that it can be cancelled. */
  cancel(agreement: StoredAgreement, comment: string, key: string | undefined): void {
    const cancelled = this.#happened({ ...agreement, status: 'CANCELLED', comment }, 'RECALLED')
    this.#act('envelope voided', key, cancelled)
    this.#report('AGREEMENT_RECALLED', cancelled)
  }

  remind(agreement: StoredAgreement, key: string | undefined): void {
    this.#act('signers reminded', key, agreement)
    this.#report('AGREEMENT_REMINDER_SENT', agreement)
  }

  /** A signer signs, in turn; anybody else, or a closed agreement, changes nothing. */
  sign(id: string, participant: string): void {
    const agreement = this.#waitingFor(id, participant)
    if (agreement === undefined) return
    const participants = agreement.participants.map((one) =>
      one.id === participant ? { ...one, hasSigned: true } : one,
    )
    const signed = this.#happened({ ...agreement, participants }, 'ACTION_COMPLETED')
    this.#act('envelope signed', undefined, signed)
    this.#report('AGREEMENT_ACTION_COMPLETED', signed)
    if (nextSigner(signed) !== undefined) {
      this.#report('AGREEMENT_ACTION_REQUESTED', this.#happened(signed, 'ACTION_REQUESTED'))
      return
    }
    const completed = this.#happened({ ...signed, status: 'SIGNED' }, 'SIGNED')
    this.#act('envelope completed', undefined, completed)
    this.#report('AGREEMENT_WORKFLOW_COMPLETED', completed)
  }

  decline(id: string, participant: string): void {
    const agreement = this.#waitingFor(id, participant)
    if (agreement === undefined) return
    const declined = this.#happened({ ...agreement, status: 'CANCELLED' }, 'REJECTED')
    this.#act('envelope declined', undefined, declined)
    this.#report('AGREEMENT_REJECTED', declined)
  }

  #waitingFor(id: string, participant: string): StoredAgreement | undefined {
    const agreement = this.agreements.get(id)
    return agreement !== undefined && nextSigner(agreement)?.id === participant ? agreement : undefined
  }

  #happened(agreement: StoredAgreement, type: AgreementHappening): StoredAgreement {
    const told = { ...agreement, history: [...agreement.history, { type, date: timeNow() }] }
    this.agreements.put(told.id, told)
    return told
  }

  #act(action: string, key: string | undefined, { id }: StoredAgreement): void {
    this.#record.addAct({ vendor: 'adobe-sign', action, key, reference: id })
  }
}
