import type { Language } from './language.ts'

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

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly whatsapp: WhatsAppSystem
  }
}
