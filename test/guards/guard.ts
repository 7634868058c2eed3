/** A guard is a place in the code that keeps a claim true; its file says how to take it out, and which test must miss it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'

const File = z.strictObject({
  /** What the guard does, as a sentence. */
  guard: z.string(),
  /** Names of `claims.ts` that it keeps true. */
  keeps: z.array(z.string()).min(1),
  file: z.string(),
  /** Stands in the file exactly once. White space of any kind and amount counts as equal. */
  replace: z.string().min(1),
  by: z.string().nullable().default(''),
  /** `<test file> > <suite> > <test>`: the names as the test runner reports them. */
  red: z.string(),
  /** `never ends`: without the guard nobody ever answers. Default: the test must fail. */
  redBy: z.literal('never ends').optional(),
})

export interface Guard {
  /** Of its file, without the ending. */
  readonly name: string
  readonly guard: string
  readonly keeps: readonly string[]
  readonly file: string
  readonly replace: string
  readonly by: string
  readonly red: NamedTest
  readonly redBy: 'failure' | 'never ends'
}

export interface NamedTest {
  readonly file: string
  /** The suites around it, and its own name last. */
  readonly path: readonly string[]
}

/** Every `.yaml` of the folder, by name. Throws what is wrong with a file, naming it. */
export function readGuards(folder: string): readonly Guard[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => guardOf(file.slice(0, -'.yaml'.length), readFileSync(join(folder, file), 'utf8')))
}

function guardOf(name: string, text: string): Guard {
  const document = parseDocument(text)
  const [unreadable] = document.errors
  if (unreadable !== undefined) throw new TypeError(`the guard ${name} cannot be read: ${unreadable.message}`)
  const { data, error } = File.safeParse(document.toJS())
  if (data === undefined) throw new TypeError(`the guard ${name} cannot be read: ${z.prettifyError(error)}`)
  const { red, redBy = 'failure', by, ...rest } = data
  return { name, ...rest, by: by ?? '', red: namedTest(red), redBy }
}

export function namedTest(text: string): NamedTest {
  const [file = '', ...path] = text.trim().split(/\s+>\s+/)
  return { file, path }
}

export const titleOf = ({ path }: NamedTest): string => path.join(' > ')
