import type { SystemName } from '../flow/effect.ts'
import type { AccountName } from './account-name.ts'
import { type ConfiguredConnector, configure } from './configured-connector.ts'
import type { Connector, Setting, SettingsOf, SettingsSchema } from './connector.ts'
import { type Declaration, declarationOf } from './declaration.ts'
import type { SettingsSource } from './settings-source.ts'

/** A connector that can be configured, whatever the types of its settings. */
export interface RegisteredConnector {
  readonly key: string
  readonly system: string
  /** By the names that they have in a file of accounts. */
  readonly settings: Readonly<Record<string, Setting>>
  /** Its contract, which needs no settings. */
  readonly declaration: Declaration
  /** Undefined when the source gives none of its settings and it is not built in, or `problems` says what is wrong with those that it gives. */
  readonly configuredFrom: (
    source: SettingsSource,
    account: AccountName,
    problems: string[],
  ) => ConfiguredConnector | undefined
}

export function registered<Role extends SystemName, Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
): RegisteredConnector {
  return {
    key: connector.key,
    system: connector.system,
    settings: connector.settings,
    declaration: declarationOf(connector),
    configuredFrom: (source, account, problems) => {
      const found: string[] = []
      const given = Object.entries(connector.settings).map(([name, setting]) => ({
        name,
        setting,
        text: source.read(name, setting, found),
      }))
      if (connector.builtIn !== true && found.length === 0 && given.every(({ text }) => text === undefined))
        return undefined
      const values: Record<string, unknown> = {}
      for (const { name, setting, text } of given) {
        const parsed = setting.schema.safeParse(text)
        if (parsed.success) values[name] = parsed.data
        else if (!found.some((problem) => problem.startsWith(source.placeOf(name, setting))))
          found.push(problemOf(source.placeOf(name, setting), text, parsed.error.issues))
      }
      // Each field was parsed with the schema of its own name.
      const whole = values as SettingsOf<Schema>
      const placeOf = (name: keyof Schema & string) => source.placeOf(name, settingOf(connector.settings, name))
      if (found.length === 0) found.push(...(connector.disagreements?.(whole, placeOf) ?? []))
      problems.push(...found)
      return found.length > 0 ? undefined : configure(connector, whole, account)
    },
  }
}

/** The keys of a schema of settings are the names of its settings. */
const settingOf = (settings: SettingsSchema, name: string): Setting => settings[name] as Setting

const problemOf = (place: string, text: string | undefined, issues: readonly { readonly message: string }[]): string =>
  text === undefined ? `${place} is missing` : `${place}: ${issues.map(({ message }) => message).join('; ')}`
