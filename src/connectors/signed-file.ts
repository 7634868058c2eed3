import { createHash } from 'node:crypto'
import { z } from 'zod'
import { EffectRefused } from '../flow/failure.ts'
import type { SignedFile } from './roles/esign.ts'

/** What a vendor sends as a PDF: anything else is not one, whatever its media type says. */
export const pdf: z.ZodType<SignedFile> = z
  .instanceof(Buffer)
  .refine((bytes) => bytes.subarray(0, 5).toString('latin1') === '%PDF-', 'is not a PDF')
  .transform((bytes) => ({
    mediaType: 'application/pdf',
    contentBase64: bytes.toString('base64'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))

export const notSignedYet = (vendor: string): EffectRefused =>
  new EffectRefused(
    'NOT_SIGNED',
    `Not all have signed what ${vendor} keeps. Nothing was read; ask again when it is signed.`,
  )
