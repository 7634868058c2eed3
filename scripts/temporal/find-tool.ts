import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run temporal:install` puts what it builds. */
const built = (name: string): string => fileURLToPath(new URL(`../../.temporal/${name}`, import.meta.url))

export const builtTool = built('temporal')

/** Temporal's full server and the tool that lays out its databases, as `npm run temporal:install -- --full` builds them. */
export const fullServer = { server: built('temporal-server'), sqlTool: built('temporal-sql-tool') } as const

/** Temporal's command-line tool: the one that was built here, else one on PATH. */
export const findTool = (): string | undefined =>
  [builtTool, ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal'))].find(
    isExecutable,
  )

export const hasFullServer = (): boolean => Object.values(fullServer).every(isExecutable)

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
