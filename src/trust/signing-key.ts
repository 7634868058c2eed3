import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HeadSigner, VerifySignature } from '../ledger/tree/tree-head.ts'
import { createWhole, KeyError, keyFile } from './key-file.ts'

/** An Ed25519 key pair. Its id is the SHA-256 of the public key (SPKI, DER) in hex, so that nobody can claim another's. */
export interface SigningKey extends HeadSigner {
  /** The public key (SPKI, PEM), for whoever verifies elsewhere. */
  readonly publicKey: string
  /** Every public key that `verify` knows, this one included, by id: put them into what shall be verified offline. */
  readonly publicKeys: ReadonlyMap<string, string>
}

const privateFile = 'signing-key.pem'
/** Public keys stay here when the private one is replaced, so that what was signed before still verifies. */
const publicFolder = 'public'

/** Creates the pair when the directory has none (private key: PKCS8 PEM, mode 0600). Throws KEY_MALFORMED, KEY_EXPOSED. */
export async function loadSigningKey(directory: string): Promise<SigningKey> {
  const path = join(directory, privateFile)
  const { text } = await keyFile(path, newPrivateKey)
  const privateKey = parsePrivateKey(text, path)
  const publicKey = pemOf(createPublicKey(privateKey))
  const folder = join(directory, publicFolder)
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await createWhole(join(folder, `${signerId(publicKey)}.pem`), publicKey, 0o644)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.pem'))
  return signingKey(privateKey, await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8'))))
}

/** A pair that lives as long as this process: for tests and demonstrations. */
export const createSigningKey = (): SigningKey => signingKey(createPrivateKey(newPrivateKey()), [])

function signingKey(privateKey: KeyObject, knownPublicKeys: readonly string[]): SigningKey {
  const publicKey = pemOf(createPublicKey(privateKey))
  const all = [publicKey, ...knownPublicKeys]
  return {
    id: signerId(publicKey),
    publicKey,
    publicKeys: new Map(all.map((pem) => [signerId(pem), pem])),
    sign: (data) => sign(null, data, privateKey),
    verify: verifierOf(all),
  }
}

/** Verifies against these public keys (PEM) and no others. Throws KEY_MALFORMED. */
export function verifierOf(publicKeys: Iterable<string>): VerifySignature {
  const keys = new Map([...publicKeys].map((pem) => [signerId(pem), parsePublicKey(pem)]))
  return (signer, data, signature) => {
    const key = keys.get(signer)
    if (key === undefined) return 'unknown signer'
    return verify(null, data, key, signature) ? 'valid' : 'invalid'
  }
}

/** Throws KEY_MALFORMED. */
export function signerId(publicKey: string): string {
  const der = parsePublicKey(publicKey).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex')
}

const newPrivateKey = (): string =>
  generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

const pemOf = (publicKey: KeyObject): string => publicKey.export({ type: 'spki', format: 'pem' }).toString()

const parsePrivateKey = (pem: string, place: string): KeyObject =>
  ed25519(() => createPrivateKey(pem), `the key file ${place}`)

const parsePublicKey = (pem: string): KeyObject => ed25519(() => createPublicKey(pem), 'a public key')

function ed25519(parse: () => KeyObject, place: string): KeyObject {
  const malformed = `There is no Ed25519 key (PEM) in ${place}. Nothing was changed.`
  let key: KeyObject
  try {
    key = parse()
  } catch (cause) {
    throw new KeyError('KEY_MALFORMED', malformed, { cause })
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyError('KEY_MALFORMED', malformed)
  return key
}
