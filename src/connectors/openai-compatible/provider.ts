import type { OpenAICompatibleProvider } from '@ai-sdk/openai-compatible'
import { EffectRefused } from '../../flow/failure.ts'
import type { SettingsOf } from '../connector.ts'
import { type Exchange, exchange, type HttpRequest, rootOf } from '../http-exchange.ts'
import type { Dialect } from '../sorted-answer.ts'
import { ErrorBody, type settings } from './contract.ts'

export const dialect: Dialect = {
  vendor: 'The LLM provider',
  code: (body) => codesOf(body)[0],
}

/** Only known words: some servers put the text of the request into these fields. */
const codesOf = (body: unknown): readonly string[] => {
  const { code, type } = ErrorBody.safeParse(body).data?.error ?? {}
  return [code, type]
    .map(String)
    .filter((word) => /^[a-z0-9_]{1,60}$/.test(word) && word !== 'undefined' && word !== 'null')
}

/** A quota that is used up comes like a limit that passes, and does not pass. */
export function throwIfExhausted(result: Exchange): void {
  if (result.kind !== 'answered') return
  if (codesOf(result.body).includes('insufficient_quota'))
    throw new EffectRefused(
      'QUOTA_EXHAUSTED',
      'The quota with the LLM provider is used up. Nothing was decided; raise it, or take its settings away so that rules decide.',
    )
}

type Sdk = typeof import('ai')

/** One question to the provider through the SDK: what went over the line, and what the SDK made of it. */
export interface Asked<Made> {
  readonly result: Exchange
  /** Undefined where the SDK found no answer in it. */
  readonly made: Made | undefined
}

/**
 * Asks by the SDK, over our own exchange, so that our rules about addresses, time and redirects hold and the answer can be
 * sorted like every vendor's. The SDK repeats nothing.
 */
export async function ask<Made>(
  { url, apiKey }: SettingsOf<typeof settings>,
  signal: AbortSignal,
  use: (sdk: Sdk, provider: OpenAICompatibleProvider) => Promise<Made>,
): Promise<Asked<Made>> {
  // Read when first used: both take half a second to load.
  const [sdk, { createOpenAICompatible }] = await Promise.all([import('ai'), import('@ai-sdk/openai-compatible')])
  let result: Exchange | undefined
  const provider = createOpenAICompatible({
    name: 'provider',
    baseURL: url,
    apiKey,
    supportsStructuredOutputs: true,
    fetch: async (address, init) => {
      result = await exchange(requestOf(url, new Request(address).url, init ?? {}, signal))
      return responseOf(result)
    },
  })
  try {
    const made = await use(sdk, provider)
    if (result !== undefined) return { result, made }
  } catch (error) {
    // What the SDK says of an answer repeats the answer, so only the exchange is kept.
    if (result !== undefined) return { result, made: undefined }
    throw error
  }
  throw new TypeError('the SDK asked nobody')
}

function requestOf(
  base: string,
  address: string,
  { method, headers, body }: RequestInit,
  signal: AbortSignal,
): HttpRequest {
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    base,
    path: address.slice(rootOf(base).href.length),
    headers: Object.fromEntries(new Headers(headers)),
    ...(typeof body === 'string' ? { body: jsonIn(body) } : {}),
    signal,
  }
}

/** An exchange that ended without an answer looks to the SDK like a server that failed. */
const responseOf = (result: Exchange): Response =>
  result.kind === 'answered'
    ? Response.json(result.body ?? null, { status: result.status })
    : Response.json(null, { status: 503 })

const jsonIn = (text: string): unknown => JSON.parse(text)
