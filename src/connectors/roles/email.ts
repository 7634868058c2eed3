import type { Language } from './language.ts'

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

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly email: EmailSystem
  }
}
