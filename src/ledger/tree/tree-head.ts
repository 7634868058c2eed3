import { z } from 'zod'
import { canonical } from '../../flow/canonical.ts'
import { hashBytes } from './merkle.ts'

/** What a tenant's audit log was at one moment: so many leaves, with this root. */
export interface TreeHead {
  readonly tenant: string
  readonly size: number
  readonly root: Buffer
  /** Milliseconds since 1970, by the ledger's clock. */
  readonly at: number
}

export interface SignedHead extends TreeHead {
  readonly signer: string
  readonly signature: Buffer
}

export type SignatureVerdict = 'valid' | 'invalid' | 'unknown signer'
export type VerifySignature = (signer: string, data: Uint8Array, signature: Uint8Array) => SignatureVerdict

/** Whoever signs heads also says whether an earlier one is genuine: a tree is never extended on the word of a forged head. */
export interface HeadSigner {
  readonly id: string
  sign(data: Uint8Array): Buffer
  readonly verify: VerifySignature
}

export function signHead(signer: HeadSigner, head: TreeHead): SignedHead {
  return { ...head, signer: signer.id, signature: signer.sign(signedBytes({ ...head, signer: signer.id })) }
}

export const verifyHead = (verify: VerifySignature, head: SignedHead): SignatureVerdict =>
  verify(head.signer, signedBytes(head), head.signature)

/** The first line keeps a signature made here from meaning anything elsewhere. */
function signedBytes({ tenant, size, root, at, signer }: TreeHead & { readonly signer: string }): Buffer {
  return Buffer.from(`sijil tree head v1\n${canonical({ tenant, size, root: root.toString('hex'), at, signer })}`)
}

const HeadLine = z
  .strictObject({
    tenant: z.string(),
    size: z.int().nonnegative(),
    root: z.hex().length(hashBytes * 2),
    at: z.int(),
    signer: z.string(),
    signature: z.base64url(),
  })
  .transform((line) => ({
    ...line,
    root: Buffer.from(line.root, 'hex'),
    signature: Buffer.from(line.signature, 'base64url'),
  }))

/** The head as one line of text, without its end. */
export function headLine({ tenant, size, root, at, signer, signature }: SignedHead): string {
  return canonical({ tenant, size, root: root.toString('hex'), at, signer, signature: signature.toString('base64url') })
}

/** Undefined for a line that holds no head. */
export function parseHeadLine(line: string): SignedHead | undefined {
  try {
    return HeadLine.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
