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
export interface EsignSystem {
  sendEnvelope(envelope: Envelope): Promise<{ readonly envelopeId: string }>
  /** Withdraws an envelope that not all have signed. Withdrawing it twice is no error; a completed one is refused. */
  voidEnvelope(voiding: {
    readonly envelopeId: string
    readonly reason: string
  }): Promise<{ readonly envelopeId: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly esign: EsignSystem
  }
}
