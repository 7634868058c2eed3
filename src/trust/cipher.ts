import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject, createSecretKey } from 'node:crypto'

/** AES-256-GCM with 96-bit nonces, and keys derived by HKDF-SHA256. A box is nonce ‖ ciphertext ‖ tag. */
const algorithm = 'aes-256-gcm'
export const keyBytes = 32
export const nonceBytes = 12
const tagBytes = 16

/** A key of its own for each purpose. */
export const deriveKey = (from: KeyObject, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', from, '', purpose, keyBytes)))

export const mac = (key: KeyObject, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** `context` is not in the box, and the box opens only with the same one. */
export function box(key: KeyObject, nonce: Uint8Array, context: string, clear: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()])
}

/** Undefined when a byte, the key or the context is another. */
export function unbox(key: KeyObject, context: string, boxed: Uint8Array): Buffer | undefined {
  if (boxed.length < nonceBytes + tagBytes) return undefined
  const end = boxed.length - tagBytes
  const cipher = createDecipheriv(algorithm, key, boxed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(context))
  cipher.setAuthTag(boxed.subarray(end))
  try {
    return Buffer.concat([cipher.update(boxed.subarray(nonceBytes, end)), cipher.final()])
  } catch {
    return undefined
  }
}
