import { z } from 'zod'

/** What V8 writes, as far as it is read here. */
export const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
      children: z.array(z.int()).default([]),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
})
export type CpuProfile = z.infer<typeof CpuProfile>

/** A function at one place of the call tree. Times in microseconds. */
export interface Frame {
  readonly name: string
  /** `src/engine/run/run-writer.ts`, a package, `node:net`, or nothing for V8's own. */
  readonly place: string
  readonly self: number
  readonly total: number
  readonly children: readonly Frame[]
}

/** The call tree with its times; frames of one function under one caller are one. */
export function framesOf({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const self = new Map<number, number>()
  for (const [index, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0))
  const known = new Map(nodes.map((node) => [node.id, node]))
  const frameOf = (ids: readonly number[]): Frame => {
    const [first] = ids
    const of = ids.flatMap((id) => known.get(id) ?? [])
    const { functionName = '', url = '' } = known.get(first ?? 0)?.callFrame ?? {}
    const below = Map.groupBy(
      of.flatMap(({ children }) => children),
      (id) => nameOf(known.get(id)?.callFrame),
    )
    const children = [...below.values()]
      .map(frameOf)
      .filter(({ place }) => !place.startsWith('node:inspector')) // the profiler itself
      .toSorted((one, other) => other.total - one.total)
    const own = ids.reduce((sum, id) => sum + (self.get(id) ?? 0), 0)
    return {
      name: functionName === '' ? '(anonymous)' : functionName,
      place: placeOf(url),
      self: own,
      total: own + children.reduce((sum, { total }) => sum + total, 0),
      children,
    }
  }
  const called = new Set(nodes.flatMap(({ children }) => children))
  return frameOf(nodes.filter(({ id }) => !called.has(id)).map(({ id }) => id))
}

const nameOf = (of: CpuProfile['nodes'][number]['callFrame'] | undefined): string =>
  `${of?.functionName} ${of?.url}:${of?.lineNumber}`

const root = new URL('../../', import.meta.url).href

/** Without the place of this checkout on this machine. */
function placeOf(url: string): string {
  if (url.startsWith('node:')) return url
  const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*\/node_modules\/)/.exec(url)?.[1]
  if (inPackage !== undefined) return inPackage
  return url.startsWith(root) ? url.slice(root.length) : url
}
