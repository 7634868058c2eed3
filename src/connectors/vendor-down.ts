/** Why a reading failed, when it was the vendor that could not be reached or failed, and not our question. */
export class VendorDown extends Error {
  override readonly name = 'VendorDown'
}

/** Codes of the failures of a change that say the same. */
const CODES = new Set([
  'UNREACHABLE',
  'TIMED_OUT',
  'CONNECTION_LOST',
  'VENDOR_FAILED',
  'TLS_NOT_OFFERED',
  'CERTIFICATE_NOT_TRUSTED',
  'CERTIFICATE_OF_ANOTHER_NAME',
  'CERTIFICATE_EXPIRED',
])

/** Whether a call failed because the vendor was not there: unreachable, silent, broken, or not to be known for himself. Not a refusal, nor a limit. */
export function isVendorDown(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof VendorDown || ('code' in at && typeof at.code === 'string' && CODES.has(at.code))) return true
  return false
}
