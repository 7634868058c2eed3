import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { Choices } from './accounts.ts'
import type { ConfiguredConnector } from './configured-connector.ts'
import { connectors } from './registry.ts'
import { type Environment, type SettingsSource, textOf, valueOf } from './settings-source.ts'

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a name: lower-case letters, digits and dashes')

/** A text as it is, or where it stands. A secret always says where it stands. */
const Given = z.union(
  [z.string(), z.strictObject({ env: z.string().regex(/^\w+$/) }), z.strictObject({ file: z.string().min(1) })],
  'is neither a text nor {"env": …} nor {"file": …}',
)
type Given = z.infer<typeof Given>

const AccountsFile = z.strictObject({
  tenants: z.record(
    name,
    z.strictObject({
      accounts: z.record(name, z.strictObject({ connector: z.string(), settings: z.record(z.string(), Given) })),
      uses: z.record(z.string(), z.string()).default({}),
    }),
  ),
})
type TenantPart = z.infer<typeof AccountsFile>['tenants'][string]

export interface AccountsOfFile {
  readonly configured: readonly ConfiguredConnector[]
  readonly uses: Choices['tenants']
}

/** The accounts of tenants from the file that `SIJIL_CONNECTORS` names. Adds every problem of it, and shows no value. */
export function accountsFromFile(file: string, environment: Environment, problems: string[]): AccountsOfFile {
  const content = textOf(file, 'SIJIL_CONNECTORS', problems)
  const parsed = content === undefined ? undefined : AccountsFile.safeParse(json(content))
  if (parsed?.success === false)
    problems.push(...parsed.error.issues.map(({ path, message }) => `SIJIL_CONNECTORS ${path.join('.')}: ${message}`))
  const tenants = Object.entries(parsed?.data?.tenants ?? {})
  return {
    configured: tenants.flatMap(([tenant, part]) => accountsOfTenant(tenant, part, { file, environment }, problems)),
    uses: Object.fromEntries(tenants.map(([tenant, { uses }]) => [tenant, uses])),
  }
}

interface Surroundings {
  readonly file: string
  readonly environment: Environment
}

function accountsOfTenant(
  tenant: string,
  { accounts }: TenantPart,
  surroundings: Surroundings,
  problems: string[],
): readonly ConfiguredConnector[] {
  return Object.entries(accounts).flatMap(([account, { connector: key, settings }]) => {
    const place = `tenants.${tenant}.accounts.${account}`
    const connector = connectors.find((one) => one.key === key)
    if (connector === undefined) {
      problems.push(`${place}.connector is none of ${connectors.map((one) => one.key).join(', ')}`)
      return []
    }
    for (const unknown of Object.keys(settings).filter((setting) => !Object.hasOwn(connector.settings, setting)))
      problems.push(`${place}.settings.${unknown} is none of ${Object.keys(connector.settings).join(', ')}`)
    const source = sourceOf(`${place}.settings`, settings, surroundings)
    const before = problems.length
    const configured = connector.configuredFrom(source, { tenant, name: account }, problems)
    if (configured === undefined && problems.length === before) problems.push(`${place}.settings is empty`)
    return configured ?? []
  })
}

const sourceOf = (
  place: string,
  settings: Readonly<Record<string, Given>>,
  { file, environment }: Surroundings,
): SettingsSource => ({
  placeOf: (setting) => `${place}.${setting}`,
  read: (setting, { secret }, problems) => {
    const at = `${place}.${setting}`
    const given = settings[setting]
    if (given === undefined) return undefined
    if (typeof given === 'string') {
      if (!secret) return given.trim() || undefined
      problems.push(`${at} is a secret: write {"env": "NAME"} or {"file": "path"} and keep it there`)
      return undefined
    }
    if ('file' in given) return textOf(resolve(dirname(file), given.file), at, problems)
    const value = valueOf(environment, given.env)
    if (value === undefined) problems.push(`${at}: the variable ${given.env} is not set`)
    return value
  },
})

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
