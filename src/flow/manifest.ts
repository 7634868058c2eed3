import type { Escalation, OnExpiry } from './gate.ts'
import type { Duration } from './time.ts'

/** The names of a definition and the few facts about them that the shared runtime acts on. */
export interface Manifest {
  readonly workflow: string
  readonly version: number
  readonly steps: { readonly [name: string]: { readonly pivot: boolean } }
  readonly gates: { readonly [name: string]: GateManifest }
  readonly signals: { readonly [name: string]: { readonly pivot: boolean } }
}

export interface GateManifest {
  readonly within: Duration
  readonly onExpiry: OnExpiry
  readonly escalate: Escalation | undefined
}
