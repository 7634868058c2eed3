/**
 * Why the certificate of the other side was not accepted, so that nothing was said to it. Who may vouch for one is a matter of the
 * machine: the authorities that Node brings along and those of `NODE_EXTRA_CA_CERTS`.
 */
export interface UntrustedCertificate {
  readonly code: 'CERTIFICATE_NOT_TRUSTED' | 'CERTIFICATE_OF_ANOTHER_NAME' | 'CERTIFICATE_EXPIRED'
  /** Goes on after "The certificate of …". */
  readonly says: string
  /** What to do about it. */
  readonly mend: string
}

const unknownIssuer: UntrustedCertificate = {
  code: 'CERTIFICATE_NOT_TRUSTED',
  says: 'is vouched for by nobody whom this machine trusts',
  mend: 'name the file of a private authority in NODE_EXTRA_CA_CERTS and restart, or mend the certificate there',
}
const anotherName: UntrustedCertificate = {
  code: 'CERTIFICATE_OF_ANOTHER_NAME',
  says: 'is not that of the name in the configured address',
  mend: 'mend the address, or the certificate there',
}
const expired: UntrustedCertificate = {
  code: 'CERTIFICATE_EXPIRED',
  says: 'has expired, or is not valid yet',
  mend: 'have it renewed there, or set the clock of this machine',
}

/** The words of OpenSSL and of Node. */
const BY_CODE: ReadonlyMap<string, UntrustedCertificate> = new Map([
  ['CERT_HAS_EXPIRED', expired],
  ['CERT_NOT_YET_VALID', expired],
  ['ERR_TLS_CERT_ALTNAME_INVALID', anotherName],
  ['HOSTNAME_MISMATCH', anotherName],
  ...[
    'CERT_CHAIN_TOO_LONG',
    'CERT_REJECTED',
    'CERT_REVOKED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ].map((code) => [code, unknownIssuer] as const),
])

/** Undefined when something else was the matter. */
export function untrustedCertificate(error: unknown): UntrustedCertificate | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found = codesOf(at)
      .map((code) => BY_CODE.get(code))
      .find((one) => one !== undefined)
    if (found !== undefined) return found
    // Several addresses of one name were tried.
    if (at instanceof AggregateError) return untrustedCertificate(at.errors[0])
  }
  return undefined
}

/** nodemailer puts its own word in the place of the error's, and keeps that beside it. */
const codesOf = (error: Error): readonly string[] =>
  ['code', 'originalCode'].flatMap((name) => {
    const value: unknown = Reflect.get(error, name)
    return typeof value === 'string' ? [value] : []
  })
