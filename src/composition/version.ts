import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Two folders below the package's own in the sources and once packed. */
const file = new URL('../../package.json', import.meta.url)

/** The version of this package. */
export const version = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
