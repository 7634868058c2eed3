import { createHash, randomUUID } from 'node:crypto'
import type { Incoming, Reply, Route } from '../../http-server.ts'
import type { Collection, SandboxRecord } from '../../record.ts'
import type { Noes, Operation } from '../../vendor-route.ts'
import { type AccessKey, signatureOf } from './signature.ts'

export interface StoredObject {
  readonly name: string
  readonly contentBase64: string
  readonly mediaType: string
  /** SHA-256 in base64, if it came with the write. */
  readonly checksum: string | undefined
  /** `x-amz-meta-…`, without that beginning. */
  readonly metadata: Readonly<Record<string, string>>
  readonly at: number
  readonly deleted: boolean
}

const no = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${randomUUID()}</RequestId></Error>`,
})
export const s3Noes: Noes = {
  refusal: no(400, 'InvalidRequest', 'Invalid Request'),
  failure: no(500, 'InternalError', 'We encountered an internal error. Please try again.'),
  limit: no(503, 'SlowDown', 'Please reduce your request rate.'),
}

interface Bucket {
  readonly bucket: string
  readonly access: AccessKey
  readonly habits: { readonly honoursConditions: boolean; readonly keepsForGood: boolean }
}

/** The operations on objects that the service documents, as far as our connector and its client need them. */
export function s3Operations(record: SandboxRecord, { bucket, access, habits }: Bucket): readonly Operation[] {
  const objects = record.collection<StoredObject>('object')
  const operation = (
    name: string,
    method: Route['method'],
    answer: (object: string, incoming: Incoming) => Reply,
  ): Operation => ({
    name,
    method,
    path: '/s3/:bucket/:object+',
    guard: (incoming) => refused(incoming, method, access, bucket),
    answer: (incoming) => answer(incoming.params['object'] ?? '', incoming),
  })
  return [
    operation('put', 'PUT', (name, incoming) =>
      habits.honoursConditions && incoming.headers['if-none-match'] === '*' && presentIn(objects, name) !== undefined
        ? no(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
        : written(name, incoming, objects, record),
    ),
    operation('get', 'GET', (name) => {
      const object = presentIn(objects, name)
      if (object === undefined) return no(404, 'NoSuchKey', 'The specified key does not exist.')
      return { status: 200, headers: headersOf(object), body: bytesOf(object) }
    }),
    operation('head', 'HEAD', (name, { headers }) => {
      const object = presentIn(objects, name)
      if (object === undefined) return { status: 404, body: '' }
      const checksum = headers['x-amz-checksum-mode'] === 'ENABLED' ? object.checksum : undefined
      return {
        status: 200,
        headers: {
          ...headersOf(object),
          'content-length': String(bytesOf(object).length),
          ...(checksum === undefined
            ? {}
            : { 'x-amz-checksum-sha256': checksum, 'x-amz-checksum-type': 'FULL_OBJECT' }),
        },
        body: '',
      }
    }),
    operation('delete', 'DELETE', (name, { query }) => {
      if (habits.keepsForGood) return no(403, 'AccessDenied', 'Access Denied')
      const object = presentIn(objects, name)
      if (object !== undefined) {
        objects.put(name, { ...object, contentBase64: '', deleted: true })
        const key = query.get('x-sijil-key') ?? undefined
        record.addAct({ vendor: 's3', action: 'object deleted', key, reference: name })
      }
      return { status: 204, body: '' }
    }),
  ]
}

function refused(incoming: Incoming, method: Route['method'], access: AccessKey, bucket: string): Reply | undefined {
  const signature = signatureOf(incoming, method, access)
  if (signature !== 'good') return no(403, signature, 'The request was not signed with a key that may do this.')
  if (incoming.params['bucket'] !== bucket) return no(404, 'NoSuchBucket', 'The specified bucket does not exist')
  const digest = incoming.headers['x-amz-content-sha256']
  const isWhole = digest === 'UNSIGNED-PAYLOAD' || digest === sha256(incoming.raw).toString('hex')
  return isWhole ? undefined : no(400, 'XAmzContentSHA256Mismatch', 'The provided digest does not match the body.')
}

function written(
  name: string,
  { headers, raw }: Incoming,
  objects: Collection<StoredObject>,
  record: SandboxRecord,
): Reply {
  const condition = headers['if-none-match']
  if (condition !== undefined && condition !== '*')
    return no(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented')
  const checksum = headers['x-amz-checksum-sha256']?.toString()
  if (checksum !== undefined && checksum !== sha256(raw).toString('base64'))
    return no(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.')
  const object: StoredObject = {
    name,
    contentBase64: raw.toString('base64'),
    mediaType: headers['content-type'] ?? 'binary/octet-stream',
    checksum,
    metadata: Object.fromEntries(
      Object.entries(headers).flatMap(([header, value]) =>
        header.startsWith(METADATA) ? [[header.slice(METADATA.length), String(value)]] : [],
      ),
    ),
    at: Date.now(),
    deleted: false,
  }
  objects.put(name, object)
  record.addAct({ vendor: 's3', action: 'object written', key: object.metadata['sijil-key'], reference: name })
  return {
    status: 200,
    headers: { etag: etagOf(object), ...(checksum === undefined ? {} : { 'x-amz-checksum-sha256': checksum }) },
    body: '',
  }
}

const METADATA = 'x-amz-meta-'

const presentIn = (objects: Collection<StoredObject>, name: string): StoredObject | undefined => {
  const object = objects.get(name)
  return object?.deleted === true ? undefined : object
}

const headersOf = (object: StoredObject) => ({
  etag: etagOf(object),
  'content-type': object.mediaType,
  'last-modified': new Date(object.at).toUTCString(),
  ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`${METADATA}${name}`, value])),
})

export const bytesOf = ({ contentBase64 }: StoredObject) => Buffer.from(contentBase64, 'base64')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
const etagOf = (object: StoredObject) => `"${createHash('md5').update(bytesOf(object)).digest('hex')}"`
