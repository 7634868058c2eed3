import type { Manifest } from '../flow/manifest.ts'
import { manifestOf, type Workflow } from '../flow/workflow.ts'

/** Every version of every workflow that this process can drive. */
export interface Definitions {
  /** `name@version`, as runs are claimed. */
  readonly loadable: readonly string[]
  find(name: string, version: number): Definition | undefined
  /** The version that new runs start with. */
  newest(name: string): Definition | undefined
}
export interface Definition {
  readonly workflow: Workflow
  readonly manifest: Manifest
}

/** Throws a `RangeError` when two definitions have one name and version. */
export function definitions(workflows: readonly Workflow[]): Definitions {
  const known = new Map<string, Definition>()
  const newest = new Map<string, Definition>()
  for (const workflow of workflows) {
    const { name, version } = workflow.contract
    const id = `${name}@${version}`
    if (known.has(id)) throw new RangeError(`two workflows are called ${id}`)
    const definition = { workflow, manifest: manifestOf(workflow) }
    known.set(id, definition)
    if ((newest.get(name)?.manifest.version ?? 0) < version) newest.set(name, definition)
  }
  return {
    loadable: [...known.keys()],
    find: (name, version) => known.get(`${name}@${version}`),
    newest: (name) => newest.get(name),
  }
}
