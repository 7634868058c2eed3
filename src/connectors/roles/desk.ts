import type { Language } from './language.ts'

/** Work for people outside Sijil, who have a system of their own: legal counsel, a regulator, HR, IT, finance. */
export interface DeskTask {
  /** Which of them, by the name under which the organisation set it up: `legal-counsel`. */
  readonly desk: string
  readonly title: string
  readonly text: string
  readonly language: Language
  /** When it is due, in milliseconds since 1970. */
  readonly dueAt?: number
  /** A page on which it can be answered without an account: `ctx.links.answer`. */
  readonly answerUrl?: string
}
export interface DeskSystem {
  /**
   * Opens a task. Its answer comes back as the vendor's event `answered`, with `outcome` and `comments`, where the desk has a system
   * that sends it; else by the page, or by an operator who delivers the signal.
   */
  openTask(task: DeskTask): Promise<{ readonly taskId: string }>
  /** Tells the desk that the task is no longer wanted. Withdrawing twice is no error; one that is answered is refused. */
  withdrawTask(withdrawal: { readonly taskId: string; readonly reason: string }): Promise<{ readonly taskId: string }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly desk: DeskSystem
  }
}
