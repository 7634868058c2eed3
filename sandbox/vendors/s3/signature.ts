import { createHash, createHmac } from 'node:crypto'
import type { Incoming, Route } from '../../http-server.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/**
 * Whether a request carries the AWS Signature Version 4 of this key over its method, path, query, headers and body digest,
 * as the service documents it: `wrong` names which of the service's codes answers it.
 */
export function signatureOf(
  { path, query, headers }: Incoming,
  method: Route['method'],
  { id, secret }: AccessKey,
): 'good' | 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' {
  const found = AUTHORIZATION.exec(headers.authorization ?? '')?.groups
  if (found === undefined) return 'AccessDenied'
  const { given = '', scope = '', signed = '', signature = '' } = found
  if (given !== id) return 'InvalidAccessKeyId'
  const header = (name: string) =>
    String(headers[name] ?? '')
      .trim()
      .replaceAll(/ +/g, ' ')
  const canonical = [
    method,
    path,
    [...query]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .toSorted()
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${header(name)}`),
    '',
    signed,
    header('x-amz-content-sha256'),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce((under: string | Buffer, part) => hmac(under, part), `AWS4${secret}`)
  return hmac(key, toSign).toString('hex') === signature ? 'good' : 'SignatureDoesNotMatch'
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<given>[^/]+)\/(?<scope>[^,]+), ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/

const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
