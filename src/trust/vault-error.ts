export type VaultErrorCode =
  /** The person's key was destroyed: the value cannot be read again, by anybody. */
  | 'PERSON_ERASED'
  /** The person's key is still needed, so it was not destroyed. */
  | 'PERSON_IN_USE'
  /** There is no key of this person for this tenant. */
  | 'PERSON_UNKNOWN'
  /** The text is not one that a vault wrote. */
  | 'SEALED_VALUE_MALFORMED'
  /** The value was changed, or was sealed for somebody else. */
  | 'SEALED_VALUE_CHANGED'
  /** The master key does not open the person's key. */
  | 'MASTER_KEY_WRONG'

/** Messages name the person's id, which is a digest, and never a value. */
export class VaultError extends Error {
  override readonly name: string = 'VaultError'
  readonly code: VaultErrorCode
  constructor(code: VaultErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What belongs to this person can be neither sealed nor opened any more. */
export class PersonErased extends VaultError {
  override readonly name = 'PersonErased'
  readonly person: string
  readonly erasedAt: Date
  constructor(person: string, erasedAt: Date) {
    super(
      'PERSON_ERASED',
      `Person ${person} was erased on ${erasedAt.toISOString()}: their personal values can be neither opened nor sealed. Nothing was changed. What the records prove without them stands.`,
    )
    this.person = person
    this.erasedAt = erasedAt
  }
}

/** Erasure waits for what still needs the person's values: an open undo must still be able to reach them. */
export class PersonInUse extends VaultError {
  override readonly name = 'PersonInUse'
  /** The ids of the runs that need them. */
  readonly runs: readonly string[]
  constructor(person: string, runs: readonly string[]) {
    super(
      'PERSON_IN_USE',
      `Person ${person} was not erased: ${runs.length} run(s) still need their values (${runs.slice(0, 5).join(', ')}). Nothing was changed. End these runs, or wait for them, and erase again.`,
    )
    this.runs = runs
  }
}
