import type { Language } from './language.ts'
import type { Purpose } from './purpose.ts'

export interface TemplateMessage {
  /** International form, `+9665…`. */
  readonly to: string
  /** The name under which the vendor approved the template. */
  readonly template: string
  readonly language: Language
  /** The texts of `{{1}}`, `{{2}}`, … of the template's body. */
  readonly parameters: readonly string[]
  /** A template that the vendor approved as marketing is a promotion: refused to who wants no more. */
  readonly purpose?: Purpose
}
export interface TextMessage {
  /** International form, `+9665…`. */
  readonly to: string
  readonly text: string
}
export interface WhatsAppSystem {
  sendTemplate(message: TemplateMessage): Promise<{ readonly messageId: string }>
  /** Answers somebody who has written to us in the last 24 hours; refused to anybody else. */
  sendText(message: TextMessage): Promise<{ readonly messageId: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly whatsapp: WhatsAppSystem
  }
}
