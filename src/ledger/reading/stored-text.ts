/** A row whose fields of these names are still canonical JSON text, as the ledger stores them. */
export type Texts<View, Field extends keyof View> = Omit<View, Field> & Readonly<Record<Field, string | null>>

/** A value from its canonical text; null stays null. */
export const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
