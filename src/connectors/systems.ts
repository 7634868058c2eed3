/**
 * The roles that other systems play for steps, named by what they do and never by their vendor. Requests and answers are
 * plain JSON. No request carries a key: it comes from the scope of the attempt, so that no step can forget or reuse it.
 */
export type Language = 'ar' | 'en'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Without it the mail is plain text. */
  readonly html?: string
  readonly language: Language
}
export interface EmailSystem {
  /** Hands one mail to the mail server. `messageId` is the same on every attempt. */
  send(mail: Mail): Promise<{ readonly messageId: string }>
}

export interface TemplateMessage {
  /** International form, `+9665…`. */
  readonly to: string
  /** The name under which the vendor approved the template. */
  readonly template: string
  readonly language: Language
  /** The texts of `{{1}}`, `{{2}}`, … of the template's body. */
  readonly parameters: readonly string[]
}
export interface WhatsAppSystem {
  sendTemplate(message: TemplateMessage): Promise<{ readonly messageId: string }>
}

export interface PartnerRecord {
  /** Our own id of the partner: saving the same one again writes the same record. */
  readonly externalId: string
  readonly stage: 'applicant' | 'active' | 'closed'
  readonly properties: Readonly<Record<string, string>>
}
export interface CrmSystem {
  /** Writes the partner's record and creates it if there is none; `created` says which. */
  savePartner(partner: PartnerRecord): Promise<{ readonly recordId: string; readonly created: boolean }>
}

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

declare module '../flow/effect.ts' {
  interface Systems {
    readonly email: EmailSystem
    readonly whatsapp: WhatsAppSystem
    readonly crm: CrmSystem
    readonly esign: EsignSystem
  }
}
