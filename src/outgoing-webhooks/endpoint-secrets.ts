import { type KeyObject, randomBytes } from 'node:crypto'
import { canonical } from '../flow/canonical.ts'
import { box, deriveKey, nonceBytes, unbox } from '../trust/cipher.ts'

/** The secrets that messages are signed with. The ledger has them sealed under a key that is made of the master key. */
export interface EndpointSecrets {
  /** `whsec_…`: shown once, to whoever adds the endpoint or rotates its secret. */
  make(): string
  seal(tenant: string, endpoint: string, secret: string): Buffer
  /** Undefined when the master key is not the one it was sealed with, or the row is another endpoint's. */
  open(tenant: string, endpoint: string, sealed: Uint8Array): string | undefined
}

/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32
const PREFIX = 'whsec_'

export function endpointSecrets(masterKey: KeyObject): EndpointSecrets {
  const key = deriveKey(masterKey, 'sijil webhook secret sealing v1')
  return {
    make: () => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`,
    seal: (tenant, endpoint, secret) =>
      box(key, randomBytes(nonceBytes), contextOf(tenant, endpoint), Buffer.from(secret)),
    open: (tenant, endpoint, sealed) => unbox(key, contextOf(tenant, endpoint), sealed)?.toString(),
  }
}

const contextOf = (tenant: string, endpoint: string): string => canonical(['sijil webhook secret v1', tenant, endpoint])
