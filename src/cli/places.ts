import { readSettings, type SijilSettings } from '../composition/settings.ts'

export interface Places extends Pick<SijilSettings, 'dataDir' | 'keysDir' | 'databaseUrl' | 'masterKey'> {
  /** `SIJIL_URL`: the server to ask. */
  readonly url: string | undefined
  /** Where a server of these settings listens. */
  readonly defaultUrl: string
}

/** Where things are, for a command that starts nothing: what connectors need is not its business. */
export function placesIn(env: Readonly<Record<string, string | undefined>>): Places {
  const names = ['DATABASE_URL', 'SIJIL_DATA', 'SIJIL_KEYS', 'SIJIL_MASTER_KEY', 'SIJIL_HOST', 'SIJIL_PORT']
  const settings = readSettings(Object.fromEntries(names.map((name) => [name, env[name]])))
  const url = env['SIJIL_URL']?.trim().replace(/\/+$/, '')
  return {
    ...settings,
    url: url === '' ? undefined : url,
    defaultUrl: `http://${settings.host}:${settings.port}`,
  }
}
