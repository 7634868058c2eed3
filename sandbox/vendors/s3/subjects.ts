import { randomUUID } from 'node:crypto'
import { EffectUnknown } from '../../../src/flow/failure.ts'
import type { Subject } from '../../connector-suite.ts'

const SECRET_WORD = 'not-the-secret'

export const pdf = (content: string) => ({
  folder: 'run-41',
  mediaType: 'application/pdf',
  contentBase64: Buffer.from(`%PDF-1.7 ${content}`).toString('base64'),
})

/** The same bytes are one object whatever the key, so each key has bytes of its own. */
export const put: Subject = {
  vendor: 's3',
  operation: 'put',
  prepare: async () => randomUUID(),
  call: ({ documents }, content) => documents.put(pdf(content)),
  action: 'object written',
  acted: 'done',
  notActed: 'repeat',
  failure: EffectUnknown,
  retryAfterMs: 2_000,
  wrongCredentials: () => ({ SIJIL_S3_SECRET_ACCESS_KEY: SECRET_WORD }),
  neverShown: ({ sandbox: { settings } }) => [settings['SIJIL_S3_SECRET_ACCESS_KEY'] ?? '', SECRET_WORD, '%PDF'],
}

export const remove: Subject = {
  ...put,
  operation: 'delete',
  prepare: async ({ documents }) => (await documents.put(pdf(randomUUID()))).reference,
  call: ({ documents }, reference) => documents.delete({ reference, sha256: reference.split('/').at(-1) ?? '' }),
  answersNothing: true,
  action: 'object deleted',
}
