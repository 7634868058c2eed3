import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec, ValueError } from '@temporalio/common'
import proto from '@temporalio/proto'

/** A key by its name, which travels beside what it has sealed and tells nothing. */
export interface PayloadKey {
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
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
const IV_BYTES = 12
const TAG_BYTES = 16
const { Payload: Message } = proto.temporal.api.common.v1

/**
 * AES-256-GCM over every payload, so that the cluster sees no business data. Seals with the first key and opens with any: a key is
 * rotated by putting a new one before it, and left out once no run has begun under it.
 */
export function payloadCodec(keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  const [{ id, key }] = keys
  const byId = new Map(keys.map((one) => [one.id, one.key]))
  return {
    encode: async (payloads) => payloads.map((payload) => seal(payload, id, key)),
    decode: async (payloads) => payloads.map((payload) => open(payload, byId)),
  }
}

function seal(payload: Payload, id: string, key: Buffer): Payload {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(id))
  const sealed = Buffer.concat([cipher.update(Message.encode(payload).finish()), cipher.final()])
  return {
    metadata: { [METADATA_ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, cipher.getAuthTag(), sealed]),
  }
}

function open(payload: Payload, keys: ReadonlyMap<string, Buffer>): Payload {
  const { metadata, data } = payload
  if (textOf(metadata?.[METADATA_ENCODING_KEY]) !== ENCODING) return payload
  const id = textOf(metadata?.[KEY_ID])
  const key = keys.get(id)
  if (key === undefined) throw new PayloadKeyUnknown(id)
  if (!data || data.length < IV_BYTES + TAG_BYTES) throw new ValueError('a sealed payload is cut short')
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, IV_BYTES))
  decipher.setAAD(Buffer.from(id))
  decipher.setAuthTag(data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
  return Message.decode(Buffer.concat([decipher.update(data.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]))
}

const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8')
