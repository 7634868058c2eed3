import type { ServerOptions } from '../server.ts'

/** What every command is given. */
export interface Options extends ServerOptions {
  readonly json?: boolean
}

export const AS = ['--as <person>', 'a person of the sample organisation, instead of SIJIL_KEY'] as const
export const WHY = ['--why <reason>', 'goes into the audit log'] as const
