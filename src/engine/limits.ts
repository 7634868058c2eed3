/** A value in a flow, in bytes of its canonical text. The same on every engine: a Temporal payload may be 2 MB. */
export const VALUE_BYTES_MAX = 256 * 1024
/** All results that a run holds at once. */
export const RUN_BYTES_MAX = 8 * 1024 * 1024

/** A UTF-16 unit takes at most as many bytes. */
const UTF8_BYTES_MAX = 3

/** A value is larger than a flow may carry. Nothing was recorded: keep the document elsewhere and pass its reference and digest. */
export class ValueTooLarge extends Error {
  override readonly name = 'ValueTooLarge'
  readonly code = 'VALUE_TOO_LARGE'
  constructor(what: string, bytes: number) {
    super(
      `${what} has ${bytes} bytes and may have ${VALUE_BYTES_MAX}. Nothing was recorded. Pass a reference and a digest instead of the document.`,
    )
  }
}

export function checkSize(what: string, text: string): void {
  if (text.length * UTF8_BYTES_MAX <= VALUE_BYTES_MAX) return
  const bytes = Buffer.byteLength(text)
  if (bytes > VALUE_BYTES_MAX) throw new ValueTooLarge(what, bytes)
}
