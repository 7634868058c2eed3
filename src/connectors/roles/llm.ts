/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A case to be decided, and everything by which it is. Nothing of it is logged. */
export interface Question {
  /** What is decided: `partner_fit`. Letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /** By what standard it is to be decided. */
  readonly instructions: string
  /** The case. It leaves the organisation where a provider is configured: put in what the decision needs, and no more. */
  readonly facts: Json
  /**
   * JSON Schema of the answer: an object of which every field is required (`null` says that there is none) and no other is
   * allowed, at every depth. `z.toJSONSchema` writes it.
   */
  readonly answer: { readonly [name: string]: unknown }
  /** What is answered where no model is configured: by the first rule whose conditions all hold. */
  readonly rules: readonly Rule[]
}
export interface Rule {
  /** Without conditions it always fits; the last one should. */
  readonly when: readonly Condition[]
  readonly answer: Json
}
/** `at` is a JSON pointer into the facts: `/company/capital`. What is not there meets no condition but `isThere: false`. */
export type Condition =
  | { readonly at: string; readonly is: Json }
  | { readonly at: string; readonly oneOf: readonly Json[] }
  | { readonly at: string; readonly atLeast: number }
  | { readonly at: string; readonly atMost: number }
  | { readonly at: string; readonly contains: string }
  | { readonly at: string; readonly isThere: boolean }

/** Who answered, and proof of what was asked and answered that shows neither. */
export interface Provenance {
  readonly decider: 'model' | 'rules'
  /** The model that was asked for, or `sijil-rules`. */
  readonly model: string
  /** What the provider says that answered. */
  readonly version: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** SHA-256 of the canonical text of all that was asked, and of the answer. */
  readonly askedSha256: string
  readonly answerSha256: string
  /** Of all tries together; 0 where no model was asked. */
  readonly tokens: { readonly asked: number; readonly answered: number }
  /** More than 1 when a model first answered in another form than was asked for. */
  readonly tries: number
}

export interface LlmSystem {
  /** One answer of the form that was asked for. It decides nothing by itself: the flow does with it what its author wrote. */
  decide(question: Question): Promise<{ readonly answer: Json; readonly provenance: Provenance }>
  /** One vector for each text, in their order, of length 1. At most 500 texts. */
  embed(request: {
    readonly texts: readonly string[]
  }): Promise<{ readonly vectors: readonly (readonly number[])[]; readonly provenance: Provenance }>
}

declare module '../../flow/effect.ts' {
  interface Systems {
    readonly llm: LlmSystem
  }
}
