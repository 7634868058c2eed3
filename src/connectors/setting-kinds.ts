import { createPrivateKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

/** The address of a vendor's interface: https, or plain http on this machine only (a sandbox, a proxy). */
export const vendorUrl = z.url({ protocol: /^https?$/, error: 'is not a web address' }).refine(
  (text) => {
    if (!URL.canParse(text)) return true // which was said already
    const { protocol, hostname } = new URL(text)
    return protocol === 'https:' || isLoopback(hostname)
  },
  { error: 'must begin with https:// unless it is on this machine' },
)

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname)

/** Whole seconds, given as text; read as milliseconds. */
export const secondsAsMs = (defaultSeconds: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number of seconds')
    .optional()
    .transform((text) => Number(text ?? defaultSeconds) * 1_000)

export const text = z.string('must be set')

/** In PEM. In one line, as is common in environments, `\n` written out stands for a line break. */
export const rsaPrivateKey = text.transform((pem, ctx): KeyObject => {
  try {
    const key = createPrivateKey(pem.replaceAll(String.raw`\n`, '\n'))
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {
    // Said below, in the same words: what is wrong with a key might be a part of it.
  }
  ctx.addIssue('must be an RSA private key in PEM')
  return z.NEVER
})
