import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { Language } from '../http/pages/language.ts'

/** The part of a process that a command line needs. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

/** Data goes to standard output, words to standard error; colour only where a terminal shows it. */
export class Terminal {
  readonly env: Surroundings['env']
  readonly stdin: Surroundings['stdin']
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
    this.env = surroundings.env
    this.stdin = surroundings.stdin
  }

  /** Data for whoever reads the output. */
  data(text: string): void {
    this.#surroundings.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  json(value: unknown): void {
    this.data(JSON.stringify(value, null, 2))
  }

  /** Words for the person at the terminal. */
  say(text: string): void {
    this.#surroundings.stderr.write(`${text}\n`)
  }

  /** Overwrites itself on a terminal; says nothing elsewhere. */
  progress(text: string): void {
    if (this.#surroundings.stderr.isTTY === true) this.#surroundings.stderr.write(`\r\u001b[K${text}`)
  }

  readonly style = (style: Style, text: string): string => {
    const { NO_COLOR } = this.env
    const coloured = this.#surroundings.stdout.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '')
    return coloured ? styleText(style, text, { validateStream: false }) : text
  }

  /** A terminal that cannot show more gets plain signs. */
  get plainSigns(): boolean {
    return !/utf-?8/i.test(this.#locale) || this.env['TERM'] === 'dumb'
  }

  /** What the locale of the shell says; English unless it is Arabic. */
  get language(): Language {
    return /^ar/i.test(this.#locale) ? 'ar' : 'en'
  }

  get #locale(): string {
    return this.env['LC_ALL'] || this.env['LC_CTYPE'] || this.env['LANG'] || 'C.UTF-8'
  }
}
