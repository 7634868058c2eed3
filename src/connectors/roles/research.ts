import type { Json } from './llm.ts'

/** A question to a source outside, such as a company registry, by the names of the description that the deployment gave. */
export interface LookUp {
  readonly source: string
  readonly operation: string
  readonly parameters: Readonly<Record<string, string | number | boolean>>
}

/** What a source says, in the words of the description. */
export interface Finding {
  /** False: the source says that it has no such thing; `data` is null then. */
  readonly found: boolean
  readonly data: Json
  readonly provenance: {
    readonly source: string
    readonly operation: string
    /** When the source was read, in milliseconds since 1970: earlier than now where it was read before. */
    readonly at: number
    /** SHA-256 of the canonical text of the data. */
    readonly sha256: string
    readonly classification: 'public' | 'internal' | 'confidential' | 'restricted'
  }
}

export interface ResearchSystem {
  lookUp(request: LookUp): Promise<Finding>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly research: ResearchSystem
  }
}
