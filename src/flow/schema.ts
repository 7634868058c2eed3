/** The part of Standard Schema (standardschema.dev) that the language needs. zod, valibot and arktype all fit it. */
export interface Schema<out Value = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly validate: (value: unknown) => Verdict<Value> | Promise<Verdict<Value>>
    readonly types?: { readonly output: Value } | undefined
  }
}

type PathPart = PropertyKey | { readonly key: PropertyKey }
interface SchemaIssue {
  readonly message: string
  readonly path?: readonly PathPart[] | undefined
}
type Verdict<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing wrong with a value: where (`partner.email`; empty for the value itself) and what. Never holds the value. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** A value does not fit its schema. Nothing was done with it. */
export class InvalidValue extends TypeError {
  override readonly name = 'InvalidValue'
  readonly code = 'INVALID_VALUE'
  readonly what: string
  readonly issues: readonly Issue[]
  constructor(what: string, issues: readonly Issue[]) {
    super(`${what}: ${issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')}`)
    this.what = what
    this.issues = issues
  }
}

/**
 * The value as its schema gives it back; a promise only where the schema itself takes time. Throws `InvalidValue` that names
 * every issue, or rejects with it.
 */
export function parse<Value>(schema: Schema<Value>, value: unknown, what: string): Value | Promise<Value> {
  const verdict = schema['~standard'].validate(value)
  return verdict instanceof Promise ? verdict.then((late) => valueOf(late, what)) : valueOf(verdict, what)
}

function valueOf<Value>(verdict: Verdict<Value>, what: string): Value {
  if (verdict.issues === undefined) return verdict.value
  throw new InvalidValue(
    what,
    verdict.issues.map(({ path = [], message }) => ({ path: path.map(nameOf).join('.'), message })),
  )
}

const nameOf = (part: PathPart): string => String(typeof part === 'object' ? part.key : part)

/**
 * A value that survives the ledger unchanged. `Date`, `Map`, functions and class instances do not,
 * so a step that returns one does not compile.
 */
export type Recordable<Value> = Value extends string | number | boolean | null | undefined
  ? Value
  : Value extends
        | Date
        | ReadonlyMap<unknown, unknown>
        | ReadonlySet<unknown>
        | bigint
        | symbol
        | ((...args: never) => unknown)
    ? NotRecordable
    : { readonly [Field in keyof Value]: Recordable<Value[Field]> }

export interface NotRecordable {
  readonly 'a step result must be plain JSON': never
}

/** `any` would spread through every flow that calls the step, so it is refused too. */
export type MustBeRecordable<Value> = 0 extends 1 & Value
  ? NotRecordable
  : Value extends Recordable<Value>
    ? unknown
    : Recordable<Value>
