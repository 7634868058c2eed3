import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bits, encoded, field, integer, octets, oid, sequence, set, text, time, yes } from './der.ts'

const DAY_MS = 86_400_000
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const VERSION_3 = field(0, integer(Buffer.from([2])))

/** What a server needs: its certificate and its key, in PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

/** A private authority that nobody trusts who was not told of it. It lives as long as the test. */
export class Authority {
  readonly #name: string
  readonly #key: KeyObject
  /** Its own certificate, in PEM: what `NODE_EXTRA_CA_CERTS` names a file of. */
  readonly cert: string

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = name
    this.#key = privateKey
    const mayVouch = [
      extension('2.5.29.19', sequence(yes), 'critical'),
      extension('2.5.29.15', bits(Buffer.from([0x06]), 1), 'critical'),
    ]
    this.cert = this.#certificate({ of: name, publicKey, fromMs: Date.now() - DAY_MS, extensions: mayVouch })
  }

  /** For a server of this name. `endedMs`: how long ago it has expired. */
  vouchFor(name: string, { endedMs = -DAY_MS }: { readonly endedMs?: number } = {}): Identity {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = extension('2.5.29.17', sequence(encoded(0x82, Buffer.from(name))))
    const fromMs = Date.now() - endedMs - 2 * DAY_MS
    return {
      cert: this.#certificate({ of: name, publicKey, fromMs, extensions: [names] }),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }

  #certificate({ of, publicKey, fromMs, extensions }: Asked): string {
    const signed = sequence(
      VERSION_3,
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      named(this.#name),
      sequence(time(fromMs), time(fromMs + 2 * DAY_MS)),
      named(of),
      publicKey.export({ type: 'spki', format: 'der' }),
      field(3, sequence(...extensions)),
    )
    const whole = sequence(signed, ECDSA_WITH_SHA256, bits(sign('sha256', signed, this.#key)))
    const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  }
}

/** Valid for two days. */
interface Asked {
  readonly of: string
  readonly publicKey: KeyObject
  readonly fromMs: number
  readonly extensions: readonly Buffer[]
}

const named = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), text(name))))
const extension = (id: string, value: Buffer, critical?: 'critical'): Buffer =>
  sequence(oid(id), ...(critical === undefined ? [] : [yes]), octets(value))
