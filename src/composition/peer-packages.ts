import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Manifest = z.object({ peerDependencies: z.record(z.string(), z.string()) })

/** Read when traces are wanted, and not by everybody who has a cluster. */
export const isOfTracing = (name: string): boolean =>
  name.startsWith('@opentelemetry/') || name === '@temporalio/interceptors-opentelemetry'

/** Packages that Sijil can do without, as `name@range`: those that this version was made with. */
export function peerPackages(isWanted: (name: string) => boolean): readonly string[] {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return Object.entries(Manifest.parse(manifest).peerDependencies)
    .filter(([name]) => isWanted(name))
    .map(([name, range]) => `${name}@${range}`)
}
