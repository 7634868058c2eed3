import type { Language } from './language.ts'

export interface Signer {
  readonly name: string
  readonly email: string
  readonly language: Language
}
export interface Envelope {
  readonly subject: string
  readonly message: string
  readonly document: { readonly name: string; readonly contentBase64: string }
  /** Asked to sign one after the other, in this order. */
  readonly signers: readonly Signer[]
}
export interface EnvelopeRef {
  readonly envelopeId: string
}
export interface Voiding extends EnvelopeRef {
  readonly reason: string
}

/**
 * draft     nobody was asked yet
 * out       somebody can still sign
 * signed    all have signed
 * declined  a signer said no
 * voided    withdrawn by us
 * expired   not signed in time
 */
export type EnvelopeStatus = 'draft' | 'out' | 'signed' | 'declined' | 'voided' | 'expired'

/** A file as the vendor keeps it. */
export interface SignedFile {
  readonly mediaType: 'application/pdf'
  readonly contentBase64: string
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string
}

export interface EsignSystem {
  sendEnvelope(envelope: Envelope): Promise<EnvelopeRef>
  /** Withdraws an envelope that not all have signed. Withdrawing it twice is no error; a completed one is refused. */
  voidEnvelope(voiding: Voiding): Promise<EnvelopeRef>
  /** Asks those whose turn it is once more. Refused when nobody can sign any more. */
  remindSigners(envelope: EnvelopeRef): Promise<EnvelopeRef>
  readStatus(envelope: EnvelopeRef): Promise<EnvelopeRef & { readonly status: EnvelopeStatus }>
  /** The document with all signatures, without the certificate. Refused before all have signed. */
  readSignedDocument(envelope: EnvelopeRef): Promise<SignedFile>
  /** The vendor's account of who signed when and how. Refused before all have signed. */
  readCertificate(envelope: EnvelopeRef): Promise<SignedFile>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly esign: EsignSystem
  }
}
