import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { CommandFailed, EXIT } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** JSON in a file, or on standard input for `-`. */
export async function jsonFrom(file: string, { stdin }: Pick<Terminal, 'stdin'>): Promise<unknown> {
  const read = file === '-' ? text(stdin) : readFile(file, 'utf8')
  const content = await read.catch((cause: unknown) => {
    throw new CommandFailed(`${file} cannot be read. Nothing was sent.`, EXIT.invalid, undefined, { cause })
  })
  return jsonIn(content, file === '-' ? 'Standard input' : file)
}

/** JSON written on the command line itself. */
export function jsonIn(content: string, what: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    throw new CommandFailed(`${what} is not JSON. Nothing was sent.`, EXIT.invalid, undefined, { cause })
  }
}
