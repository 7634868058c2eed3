import type { Services } from '../flow/effect.ts'

/** What an attempt of a step belongs to: enough to build its services, and nothing personal. */
export interface StepScope {
  readonly tenant: string
  readonly run: string
  readonly key: string
  readonly step: string
}

/** Records that `record` steps keep for the organisation, of the kind that the step's effect names. */
export interface Kept {
  /** Written in the same commit as the step's result. A second one with the same id replaces the first. */
  put(id: string, body: unknown): void
  /** What is kept under the id; waits for what this run itself has written. Undefined when there is nothing. */
  get(id: string): Promise<unknown>
}

declare module '../flow/effect.ts' {
  interface Services {
    readonly kept: Kept
  }
}

/** Builds what the rooms above give to steps (opening personal values, making links), for one attempt. */
export type OpenServices = (scope: StepScope) => Omit<Services, 'kept'>
