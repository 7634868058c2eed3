import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A cluster is configured, and the packages that speak to it are not there. Nothing was started. */
export class TemporalNotInstalled extends Error {
  override readonly name = 'TemporalNotInstalled'
  readonly code = 'TEMPORAL_NOT_INSTALLED'
  constructor(options?: ErrorOptions) {
    super(
      `SIJIL_TEMPORAL_ADDRESS is set, and Temporal's packages are not installed beside Sijil. Nothing was started. Install them with: npm install ${packages().join(' ')}`,
      options,
    )
  }
}

const Manifest = z.object({ peerDependencies: z.record(z.string(), z.string()) })

/** Those that this version was made with. */
function packages(): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return Object.entries(Manifest.parse(manifest).peerDependencies).map(([name, range]) => `${name}@${range}`)
}
