import type { SystemName } from '../flow/effect.ts'
import { type ConfiguredConnector, configure } from './configured-connector.ts'
import type { Connector, Setting, SettingsOf, SettingsSchema } from './connector.ts'
import { type Declaration, declarationOf } from './declaration.ts'

/** The process environment, or anything like it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A connector that can be configured, whatever the types of its settings. */
export interface RegisteredConnector {
  readonly key: string
  readonly system: string
  readonly settings: readonly Setting[]
  /** Its contract, which needs no settings. */
  readonly declaration: Declaration
  /** Undefined when none of its variables is set. Adds to `problems` what is wrong with those that are. */
  readonly configuredFrom: (environment: Environment, problems: string[]) => ConfiguredConnector | undefined
}

export function registered<Role extends SystemName, Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
): RegisteredConnector {
  const settings = Object.entries(connector.settings)
  return {
    key: connector.key,
    system: connector.system,
    settings: settings.map(([, setting]) => setting),
    declaration: declarationOf(connector),
    configuredFrom: (environment, problems) => {
      if (settings.every(([, { env }]) => valueOf(environment, env) === undefined)) return undefined
      const values: Record<string, unknown> = {}
      const found = settings.flatMap(([name, { env, schema }]) => {
        const given = valueOf(environment, env)
        const parsed = schema.safeParse(given)
        if (parsed.success) values[name] = parsed.data
        if (parsed.success) return []
        return [
          given === undefined ? `${env} is missing` : `${env}: ${parsed.error.issues.map((i) => i.message).join('; ')}`,
        ]
      })
      problems.push(...found)
      // Each field was parsed with the schema of its own name.
      return found.length > 0 ? undefined : configure(connector, values as SettingsOf<Schema>)
    },
  }
}

/** A variable that is set to nothing is not set. */
const valueOf = (environment: Environment, env: string): string | undefined => environment[env]?.trim() || undefined
