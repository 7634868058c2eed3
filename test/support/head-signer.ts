import { createSigningKey, type SigningKey } from '../../src/trust/signing-key.ts'

/** A key pair that lives as long as the test. */
export const ephemeralSigner = (): SigningKey => createSigningKey()
