import type { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { EffectRefused, SafeToRepeat } from '../../flow/failure.ts'
import { type Call, defineConnector, type Health, type SettingsOf } from '../connector.ts'
import { documentChanged, type NamedDocument, named, noSuchDocument, placeOf, sha256Of } from '../document-name.ts'
import type { Exchange } from '../http-exchange.ts'
import { answerOfChange, answerOfReading, healthFrom } from '../sorted-answer.ts'
import type { DocumentReference, NewDocument } from '../systems.ts'
import { keyOnTheWire } from '../wire-key.ts'
import { dialect, Store } from './client.ts'
import { Described, LONGEST_KEY, metadata, settings, Written } from './contract.ts'

const traits = {
  approval: 'A',
  timeoutMs: 60_000,
  rateLimit: { calls: 1_000, perMs: 1_000 },
  retry: { attempts: 8, firstWaitMs: 1_000, longestWaitMs: 300_000 },
} as const

/** Documents as objects that are named by their digest and written on the condition that there is none of that name yet. */
export const s3 = defineConnector({
  key: 's3',
  system: 'documents',
  displayName: { en: 'Object store (S3)', ar: 'مخزن الملفات (S3)' },
  version: '2006-03-01',
  documentation: 'https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html',
  external: true,
  classification: 'restricted',
  personalData: [{ en: 'Whatever the document says', ar: 'كل ما تقوله الوثيقة' }],
  processedIn: { en: 'In the region of the bucket', ar: 'في منطقة الحاوية' },
  settings,
  client: (given: SettingsOf<typeof settings>) => new Store(given),
  operations: {
    put: {
      ...traits,
      kind: 'changing',
      title: { en: 'Keep a document', ar: 'حفظ وثيقة' },
      documentation: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html',
      idempotency: 'external id',
      undoneBy: 'delete',
      auditEvent: 'documents.kept',
      make: put,
      probe: keptBefore,
    },
    get: {
      ...traits,
      kind: 'reading',
      title: { en: 'Read a document', ar: 'قراءة وثيقة' },
      documentation: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html',
      auditEvent: 'documents.read',
      read: get,
    },
    exists: {
      ...traits,
      kind: 'reading',
      title: { en: 'Ask whether a document is there', ar: 'الاستعلام عن وجود وثيقة' },
      documentation: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html',
      auditEvent: 'documents.asked',
      read: async (document, call) => ({ exists: await isThere(document, call) }),
    },
    delete: {
      ...traits,
      kind: 'changing',
      title: { en: 'Delete a document', ar: 'حذف وثيقة' },
      documentation: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html',
      idempotency: 'external id',
      undoneBy: { never: { en: 'It is itself what undoes a put', ar: 'هو نفسه ما يلغي الحفظ' } },
      auditEvent: 'documents.deleted',
      make: remove,
      probe: removedBefore,
    },
  },
  health: honoursConditions,
})

async function put(request: NewDocument, call: Call<Store>) {
  const document = named(request)
  const objectName = nameOf(document, call)
  call.begin()
  const result = await call.client.ask((sdk, client) =>
    client.send(
      new sdk.PutObjectCommand({
        Bucket: call.client.bucket,
        Key: objectName,
        Body: document.bytes,
        IfNoneMatch: '*',
        ChecksumSHA256: base64Of(document),
        // Said beside the checksum because a bucket that locks its objects asks for it.
        ChecksumAlgorithm: 'SHA256',
        ContentType: request.mediaType,
        Metadata: { [metadata.key]: keyOnTheWire(call.key, LONGEST_KEY), [metadata.sha256]: document.sha256 },
      }),
      { abortSignal: call.signal },
    ),
  )
  // Something of this name is there already, which is as good if it is this document.
  const wasThere = result.kind === 'answered' && result.status === 412
  if (wasThere) await assertSame(document, call)
  else
    answerOfChange(
      result,
      Written.refine(({ ChecksumSHA256: sum = base64Of(document) }) => sum === base64Of(document)),
      dialect,
    )
  return answerOf(document)
}

/** A document that is not there may be put: the same bytes make no second one. */
async function keptBefore(request: NewDocument, call: Call<Store>) {
  const document = named(request)
  if (!(await isThere(document, call))) throw new SafeToRepeat('the store has no such document')
  return answerOf(document)
}

const answerOf = ({ reference, sha256, bytes }: NamedDocument) => ({ reference, sha256, bytes: bytes.length })

async function get(document: DocumentReference, call: Call<Store>) {
  return { contentBase64: (await bytesOf(document, call)).toString('base64') }
}

/** Throws `EffectRefused` when they are not there, or are not those of the digest. */
async function bytesOf(document: DocumentReference, call: Call<Store>): Promise<Buffer> {
  const objectName = nameOf(document, call)
  const result = await call.client.ask(async (sdk, client) => {
    const answer = await client.send(new sdk.GetObjectCommand({ Bucket: call.client.bucket, Key: objectName }), {
      abortSignal: call.signal,
    })
    return { $metadata: answer.$metadata, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
  })
  if (isMissing(result)) throw noSuchDocument()
  const { bytes } = answerOfReading(result, z.object({ bytes: z.instanceof(Buffer) }), dialect)
  if (sha256Of(bytes) !== document.sha256) throw documentChanged()
  return bytes
}

/** Throws `EffectRefused` when something else lies under its name. */
async function isThere(document: DocumentReference, call: Call<Store>): Promise<boolean> {
  const objectName = nameOf(document, call)
  const result = await call.client.ask((sdk, client) =>
    client.send(new sdk.HeadObjectCommand({ Bucket: call.client.bucket, Key: objectName, ChecksumMode: 'ENABLED' }), {
      abortSignal: call.signal,
    }),
  )
  if (isMissing(result)) return false
  const { ChecksumSHA256 } = answerOfReading(result, Described, dialect)
  if (ChecksumSHA256 === undefined) await bytesOf(document, call)
  else if (ChecksumSHA256 !== base64Of(document)) throw documentChanged()
  return true
}

async function assertSame(document: DocumentReference, call: Call<Store>): Promise<void> {
  if (await isThere(document, call)) return
  throw new EffectRefused('DELETED_MEANWHILE', 'The document was there and was deleted meanwhile. Nothing was kept.')
}

async function remove(document: DocumentReference, call: Call<Store>) {
  const objectName = nameOf(document, call)
  call.begin()
  const result = await call.client.ask((sdk, client) => {
    const command = new sdk.DeleteObjectCommand({ Bucket: call.client.bucket, Key: objectName })
    inAccessLog(command, keyOnTheWire(call.key, LONGEST_KEY))
    return client.send(command, { abortSignal: call.signal })
  })
  if (dialect.code(result.kind === 'answered' ? result.body : undefined) === 'AccessDenied')
    throw new EffectRefused(
      'DELETING_NOT_ALLOWED',
      'The store does not let us delete this document. It is still there; its retention, or the policy of the bucket, must change first.',
    )
  if (!isMissing(result)) answerOfChange(result, z.object({}), dialect)
  return { reference: document.reference }
}

/** Parameters that begin with `x-` are ignored by the store and kept in its access log. */
function inAccessLog({ middlewareStack }: DeleteObjectCommand, key: string): void {
  middlewareStack.add(
    (next) => (args) => {
      // The SDK knows only at run time that a request over HTTP has a query.
      const { query } = args.request as { readonly query: Record<string, string> }
      query['x-sijil-key'] = key
      return next(args)
    },
    { step: 'build' },
  )
}

async function removedBefore(document: DocumentReference, call: Call<Store>) {
  if (await isThere(document, call)) throw new SafeToRepeat('the document is still there')
  return { reference: document.reference }
}

const isMissing = (result: Exchange): boolean =>
  result.kind === 'answered' && result.status === 404 && dialect.code(result.body) !== 'NoSuchBucket'

const nameOf = (document: DocumentReference, { client, tenant }: Call<Store>) =>
  `${client.prefix}${placeOf(tenant, document)}`

const base64Of = ({ sha256 }: DocumentReference) => Buffer.from(sha256, 'hex').toString('base64')

/**
 * A store that ignores conditions would write over what must stay, so its health is asked by writing one small object that
 * is there already: the answer must be 412. Only the very first time two writes are needed.
 */
async function honoursConditions(store: Store, abortSignal: AbortSignal): Promise<Health> {
  const attempt = () =>
    store.ask((sdk, client) =>
      client.send(
        new sdk.PutObjectCommand({
          Bucket: store.bucket,
          Key: `${store.prefix}writes-are-conditional`,
          Body: Buffer.from('Sijil wrote this to learn whether the store refuses to write it again.\n'),
          IfNoneMatch: '*',
        }),
        { abortSignal },
      ),
    )
  const refused = (result: Exchange) => result.kind === 'answered' && result.status === 412
  const first = await attempt()
  if (refused(first)) return { state: 'up' }
  const known = await healthFrom(Promise.resolve().then(() => answerOfReading(first, Written, dialect)))
  if (known.state === 'down' || refused(await attempt())) return known
  return {
    state: 'down',
    code: 'CONDITIONS_IGNORED',
    message:
      'The store wrote over an object that it was asked not to write over. Use a store that honours If-None-Match.',
  }
}
