import { refusalKinds } from '../engine/commands/refusal.ts'

/** What the process ends with; scripts decide by it. */
export const EXIT = {
  done: 0,
  /** A fault of ours: the stack is printed. */
  fault: 1,
  /** The words of the command line, the input or the settings cannot be used. */
  invalid: 2,
  notFound: 3,
  notAllowed: 4,
  conflict: 5,
  /** Too late: the time of a task or a link is over. */
  over: 6,
  /** There is no server to ask, or it does not answer. */
  noServer: 7,
  /** A check found something. */
  findings: 8,
} as const

export const EXIT_HELP = `
Exit codes:
  0  done                     5  conflict: decided already, key used before
  1  a fault of ours          6  too late: the time is over
  2  unusable input           7  no server to ask, or no answer
  3  no such thing            8  the check found something
  4  you may not`

/** A command could not be carried out. The message is for a person: what failed and what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly exitCode: number
  /** The server's own answer, for `--json`. */
  readonly answer: unknown
  constructor(message: string, exitCode: number, answer?: unknown, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.answer = answer
  }
}

/** Of a refusal that the server answered with. */
export function exitCodeOf(code: string, httpStatus: number): number {
  if (Object.hasOwn(refusalKinds, code))
    return Object.entries(refusalKinds).find(([name]) => name === code)?.[1].exitCode ?? 1
  if (httpStatus === 401 || httpStatus === 403) return EXIT.notAllowed
  if (httpStatus === 404) return EXIT.notFound
  if (httpStatus === 503) return EXIT.noServer
  return httpStatus < 500 ? EXIT.invalid : EXIT.fault
}
