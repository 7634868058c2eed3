import type { Purpose } from './purpose.ts'

export interface ShortMessage {
  /** International form, `+9665…`. */
  readonly to: string
  readonly text: string
  /** A promotion goes out under a sender of its own and in its hours, and is refused to who wants no more. */
  readonly purpose?: Purpose
}
export interface SmsSystem {
  send(message: ShortMessage): Promise<{ readonly messageId: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly sms: SmsSystem
  }
}
