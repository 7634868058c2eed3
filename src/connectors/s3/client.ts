import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SettingsOf } from '../connector.ts'
import { type Exchange, exchange, type HttpRequest } from '../http-exchange.ts'
import type { Dialect } from '../sorted-answer.ts'
import type { settings } from './contract.ts'

export const dialect: Dialect = {
  vendor: 'The object store',
  meaning: (_status, body) => MEANING_OF_CODE.get(codeOf(body) ?? ''),
  code: (body) => codeOf(body),
}

/** Codes that say more, or other things, than their HTTP status. */
const MEANING_OF_CODE = new Map([
  ...['SlowDown', 'RequestLimitExceeded', 'TooManyRequests', 'ConditionalRequestConflict', 'OperationAborted'].map(
    (code) => [code, 'not made'] as const,
  ),
  // A bucket that is missing, or elsewhere, is a matter of the settings.
  ...['NoSuchBucket', 'PermanentRedirect', 'RequestTimeTooSkewed', 'ExpiredToken', 'InvalidToken'].map(
    (code) => [code, 'credentials'] as const,
  ),
])

const codeOf = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' ? body.code : undefined

/** No answer of the store: thrown through the SDK, which knows only answers. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly result: Exchange
  constructor(result: Exchange) {
    super('no answer')
    this.result = result
  }
}

type Sdk = typeof import('@aws-sdk/client-s3')

/** The official client, which signs and reads; what goes over the line goes through our own exchange. */
export class Store {
  readonly bucket: string
  readonly prefix: string
  readonly #settings: SettingsOf<typeof settings>
  #opened: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined
  constructor(given: SettingsOf<typeof settings>) {
    this.bucket = given.bucket
    this.prefix = given.prefix
    this.#settings = given
  }

  /**
   * Asks the store one thing. What it answers comes back as an `Exchange` whose body is the SDK's output, or its code when it
   * refused: so it is sorted like the answers of every other vendor.
   */
  async ask(use: (sdk: Sdk, client: S3Client) => Promise<{ readonly $metadata: object }>): Promise<Exchange> {
    const { sdk, client } = await this.#open()
    try {
      return { kind: 'answered', status: 200, headers: new Headers(), body: await use(sdk, client) }
    } catch (error) {
      if (error instanceof NoAnswer) return error.result
      return failureIn(error)
    }
  }

  /** Read when it is first used: the SDK takes a second to load. */
  #open() {
    this.#opened ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: clientOf(sdk, this.#settings) }))
    return this.#opened
  }
}

function clientOf({ S3Client }: Sdk, { url, region, accessKeyId, secretAccessKey }: SettingsOf<typeof settings>) {
  return new S3Client({
    region,
    ...(url === undefined ? {} : { endpoint: url, forcePathStyle: true }),
    credentials: { accessKeyId, secretAccessKey },
    // The engine decides about repetition.
    maxAttempts: 1,
    // Our own SHA-256 goes with every write and is compared after every read.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    requestHandler: {
      handle: async (request: SignedRequest, options?: { readonly abortSignal?: unknown }) => ({
        response: await answered(request, options),
      }),
    },
  })
}

interface SignedRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

async function answered(request: SignedRequest, options: { readonly abortSignal?: unknown } = {}) {
  const { abortSignal } = options
  const result = await exchange({
    // The SDK asks with these methods only; see `Store.ask`.
    method: request.method as HttpRequest['method'],
    base: `${request.protocol}//${request.hostname}${request.port === undefined ? '' : `:${request.port}`}/`,
    path: request.path.replace(/^\//, ''),
    query: Object.fromEntries(Object.entries(request.query ?? {}).map(([name, value]) => [name, String(value ?? '')])),
    // The address names the host, and the length follows from the bytes.
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !SET_BELOW.has(name.toLowerCase()))),
    ...(request.body === undefined ? {} : { body: request.body }),
    signal: abortSignal instanceof AbortSignal ? abortSignal : new AbortController().signal,
    answer: 'bytes',
  })
  if (result.kind !== 'answered') throw new NoAnswer(result)
  return {
    statusCode: result.status,
    headers: Object.fromEntries(result.headers),
    // Asked for as bytes.
    body: Readable.from([result.body as Buffer]),
  }
}

const SET_BELOW = new Set(['host', 'content-length'])

/** The SDK throws what was given up, what the store refused, and what it could not read, with the HTTP status beside it. */
function failureIn(error: unknown): Exchange {
  if (!(error instanceof Error)) throw error
  // The SDK does not wait for our exchange to end when its time is over.
  if (error.name === 'AbortError') return { kind: 'no answer', timedOut: true, cause: error }
  const status = statusOf(error)
  if (status === undefined) throw error
  // A success that cannot be read is no refusal; without a body the sorting will say so.
  const body = status < 300 || error.name === 'Unknown' ? undefined : { code: error.name }
  return { kind: 'answered', status, headers: headersOf(error), body }
}

function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: unknown } // each field is checked
  return typeof httpStatusCode === 'number' ? httpStatusCode : undefined
}

function headersOf(error: Error): Headers {
  if (!('$response' in error) || typeof error.$response !== 'object' || error.$response === null) return new Headers()
  const { headers } = error.$response as { readonly headers?: unknown } // checked below
  return typeof headers === 'object' && headers !== null ? new Headers(Object.entries(headers)) : new Headers()
}
