import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec, ValueError } from '@temporalio/common'
import proto from '@temporalio/proto'

/** A key by its name, which travels beside what it has sealed and tells nothing. */
export interface PayloadKey {
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

interface ReadyKey {
  readonly id: string
  readonly secret: KeyObject
}

/** The cluster keeps a payload that it cannot be given the key of. Nothing was done with it. */
class PayloadKeyUnknown extends Error {
  override readonly name = 'PayloadKeyUnknown'
  readonly code = 'PAYLOAD_KEY_UNKNOWN'
  constructor(id: string) {
    super(
      `A payload was sealed with the key ${id}, which this worker does not have. Add it to the keys that are read, and start the worker again.`,
    )
  }
}

const ENCODING = 'binary/encrypted'
const KEY_ID = 'encryption-key-id'
/** The workflow that it was sealed for: whoever asks for it to be opened must be somebody who may see its run. */
const SEALED_FOR = 'sealed-for'
const IV_BYTES = 12
const TAG_BYTES = 16
const { Payload: Message } = proto.temporal.api.common.v1

/**
 * AES-256-GCM over every payload, so that the cluster sees no business data. Seals with the first key and opens with any: a key is
 * rotated by putting a new one before it, and left out once no run has begun under it.
 */
export function payloadCodec(keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  // Made ready once: bytes would be copied and checked for each payload.
  const ready = (key: PayloadKey) => ({ id: key.id, secret: createSecretKey(key.key) })
  const [first] = keys
  const sealing = ready(first)
  const byId = new Map(keys.map(ready).map(({ id, secret }) => [id, secret]))
  return {
    encode: async (payloads, context) => payloads.map((payload) => seal(payload, sealing, context?.workflowId)),
    decode: async (payloads) => payloads.map((payload) => open(payload, byId)),
  }
}

/** The workflow that a payload was sealed for. Believe it only once the payload is open. */
export const sealedFor = ({ metadata }: Payload): string | undefined => textOf(metadata?.[SEALED_FOR]) || undefined

function seal(payload: Payload, { id, secret }: ReadyKey, workflowId: string | undefined): Payload {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secret, iv)
  cipher.setAAD(boundTo(id, workflowId))
  const sealed = Buffer.concat([cipher.update(Message.encode(payload).finish()), cipher.final()])
  return {
    metadata: {
      [METADATA_ENCODING_KEY]: Buffer.from(ENCODING),
      [KEY_ID]: Buffer.from(id),
      ...(workflowId === undefined ? {} : { [SEALED_FOR]: Buffer.from(workflowId) }),
    },
    data: Buffer.concat([iv, cipher.getAuthTag(), sealed]),
  }
}

function open(payload: Payload, keys: ReadonlyMap<string, KeyObject>): Payload {
  const { metadata, data } = payload
  if (textOf(metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return payload
  const id = textOf(metadata?.[KEY_ID])
  const key = keys.get(id)
  if (key === undefined) throw new PayloadKeyUnknown(id)
  if (!data || data.length < IV_BYTES + TAG_BYTES) throw new ValueError('a sealed payload is cut short')
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES))
  decipher.setAAD(boundTo(id, sealedFor(payload)))
  decipher.setAuthTag(data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  return Message.decode(Buffer.concat([decipher.update(data.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]))
}

/** What stands beside the sealed bytes, and cannot be changed without their not opening any more. A key's id holds no line break. */
const boundTo = (id: string, workflowId: string | undefined): Buffer =>
  Buffer.from(workflowId === undefined ? id : `${id}\n${workflowId}`)

const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8')
