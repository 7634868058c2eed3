import { z } from 'zod'
import { isPersonal, type Personal } from '../flow/personal.ts'
import { isPlainObject } from '../flow/plain-object.ts'
import { personOfSealed, type Vault } from './vault.ts'

/**
 * Personal fields of a contract. The schema takes a clear value or one that is sealed already; a clear one leaves it as an
 * `Unsealed`, which nothing can store, and `sealPersonal` puts the sealed value in its place before anybody goes on.
 */
export interface PersonalOptions {
  /** The value says who the person is (an e-mail address, an id number): equal ones belong to one person. Mark one field. */
  readonly identifies?: true
}

/** What fits `inner`, or an already sealed value: `{ sealed: 'v1.…' }`. Its output is what flows carry. */
export function personal<Inner extends z.ZodType>(inner: Inner, options?: PersonalOptions): PersonalSchema<Inner> {
  const clear = inner.transform((value): unknown => new Unsealed(value, options?.identifies === true))
  const either = z.union([sealedValue, clear], { error: (issue) => firstMessage(issue.errors) })
  // Between the schema and `sealPersonal` the value is an Unsealed; nobody else is given it, and canonical() refuses it.
  return either as unknown as PersonalSchema<Inner>
}

export type PersonalSchema<Inner extends z.ZodType> = z.ZodType<
  Personal<z.output<Inner>>,
  z.input<Inner> | { readonly sealed: string }
>

const sealedValue = z
  .strictObject({ sealed: z.string() })
  .refine((value) => personOfSealed(value) !== undefined, { error: 'is not a sealed value' })

/** Of the two ways to fit, the clear one is what a person would have meant. Messages of schemas never hold the value. */
function firstMessage(errors: unknown): string | undefined {
  const clear = Alternatives.safeParse(errors).data?.[1]
  const issue = clear?.[0]
  if (issue === undefined) return undefined
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}
const Alternatives = z.array(
  z.array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])) })),
)

/** A clear value on its way to being sealed. It shows nothing of itself: not in JSON, not in a log, not to a caller. */
class Unsealed {
  readonly #value: unknown
  readonly #identifies: boolean

  constructor(value: unknown, identifies: boolean) {
    this.#value = value
    this.#identifies = identifies
  }

  toJSON(): never {
    throw new TypeError('a personal value must be sealed before it is written anywhere')
  }

  static valueOf(unsealed: Unsealed): unknown {
    return unsealed.#value
  }

  /** What says who the person is; undefined for a field that does not. */
  static identity(unsealed: Unsealed): string | undefined {
    return unsealed.#identifies ? String(unsealed.#value) : undefined
  }
}

export interface PersonalSealer {
  readonly vault: Pick<Vault, 'personOf' | 'seal'>
  readonly tenant: string
  /** Whose the values are when no field says so: the run's id. */
  readonly otherwise: string
  /** Nobody is given a key: see `Vault.seal`. Default: false. */
  readonly knownOnly?: boolean | undefined
}

/**
 * The value with every clear personal field sealed. A field belongs to the person whom its own object identifies, else an
 * object around it, else the only person that the whole value identifies, else `sealer.otherwise`. Fields that are sealed
 * already say whose their object is, if they agree. Throws `PersonErased`.
 */
export async function sealPersonal<Value>(value: Value, sealer: PersonalSealer): Promise<Value> {
  const owners = new Map<object, string>()
  noteOwners(value, sealer, owners)
  const named = new Set(owners.values())
  const [only = sealer.otherwise] = named.size === 1 ? named : []
  // The same shape: only Unsealed values are replaced, and their type says Personal already.
  return (await sealWithin(value, only, sealer, owners)) as Value
}

type Owners = ReadonlyMap<object, string>

async function sealWithin(value: unknown, person: string, sealer: PersonalSealer, owners: Owners): Promise<unknown> {
  if (value instanceof Unsealed)
    return sealer.vault.seal(sealer.tenant, person, Unsealed.valueOf(value), sealer.knownOnly)
  if (Array.isArray(value)) return Promise.all(value.map((item) => sealWithin(item, person, sealer, owners)))
  if (!isPlainObject(value) || isPersonal(value)) return value
  const owner = owners.get(value) ?? person
  const fields = Object.entries(value).map(async ([name, field]) => {
    const sealed: unknown = typeof field === 'object' ? await sealWithin(field, owner, sealer, owners) : field
    return [name, sealed] as const
  })
  return Object.fromEntries(await Promise.all(fields))
}

/** Notes whose each object is, where it says so itself. */
function noteOwners(value: unknown, sealer: PersonalSealer, owners: Map<object, string>): void {
  if (Array.isArray(value)) {
    for (const item of value) noteOwners(item, sealer, owners)
  } else if (isPlainObject(value) && !isPersonal(value)) {
    const owner = personOfObject(value, sealer)
    if (owner !== undefined) owners.set(value, owner)
    for (const field of Object.values(value)) noteOwners(field, sealer, owners)
  }
}

function personOfObject(value: object, { vault, tenant }: PersonalSealer): string | undefined {
  const fields: readonly unknown[] = Object.values(value)
  for (const field of fields) {
    const identity = field instanceof Unsealed ? Unsealed.identity(field) : undefined
    if (identity !== undefined) return vault.personOf(tenant, identity)
  }
  const sealedFor = new Set(fields.filter(isPersonal).map(personOfSealed))
  const [neighbour] = sealedFor
  return sealedFor.size === 1 ? neighbour : undefined
}
