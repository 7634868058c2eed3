import type { Language } from './language.ts'
import type { Purpose } from './purpose.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Without it the mail is plain text. */
  readonly html?: string
  readonly language: Language
  /** A promotion carries a link by which one click stops further ones, and is refused to who has used it. */
  readonly purpose?: Purpose
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
