declare const personal: unique symbol

/**
 * A personal value (a name, an address, a number) as the ledger, the flow and every engine see it: sealed under the
 * person's own key. Only a step can open it, through its context; a flow can carry it and cannot read it.
 */
export interface Personal<out Value = unknown> {
  readonly sealed: string
  /** Carries the type of what is inside; never present at run time. */
  readonly [personal]?: Value
}

export const isPersonal = (value: unknown): value is Personal =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  'sealed' in value &&
  typeof value.sealed === 'string'
