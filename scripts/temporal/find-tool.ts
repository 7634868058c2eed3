import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run temporal:install` puts it. */
export const builtTool = fileURLToPath(new URL('../../.temporal/temporal', import.meta.url))

/** Temporal's command-line tool: the one that was built here, else one on PATH. */
export const findTool = (): string | undefined =>
  [builtTool, ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal'))].find(
    isExecutable,
  )

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
