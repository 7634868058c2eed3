import { readFileSync } from 'node:fs'
import type { Setting } from './connector.ts'

/** The process environment, or anything like it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where the texts of an account's settings come from. A problem names the place and never shows what stands there. */
export interface SettingsSource {
  /** What a person calls the setting there. */
  readonly placeOf: (name: string, setting: Setting) => string
  /** Undefined when it is not given, or `problems` says why it cannot be read. */
  readonly read: (name: string, setting: Setting, problems: string[]) => string | undefined
}

/** A variable for each setting. A secret may stand in a file, which the variable with `_FILE` after its name points to. */
export const environmentSource = (environment: Environment): SettingsSource => ({
  placeOf: (_name, { env }) => env,
  read: (_name, { env, secret }, problems) => {
    const text = valueOf(environment, env)
    const file = secret ? valueOf(environment, `${env}_FILE`) : undefined
    if (text !== undefined && file !== undefined)
      problems.push(`${env} and ${env}_FILE are both set: which one counts?`)
    return text ?? (file === undefined ? undefined : textOf(file, `${env}_FILE`, problems))
  },
})

/** A variable that is set to nothing is not set. */
export const valueOf = (environment: Environment, env: string): string | undefined =>
  environment[env]?.trim() || undefined

/** What a file holds, without the line break at its end. */
export function textOf(file: string, place: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it is no file'
    problems.push(`${place}: the file cannot be read (${code})`)
    return undefined
  }
}
