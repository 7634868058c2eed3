import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { version } from '../composition/version.ts'
import { readHolder } from '../ledger/database/embedded/data-directory.ts'
import { CLI_AGENT } from '../http/caller.ts'
import type { Language } from '../http/pages/language.ts'
import type { HealthView } from '../http/health-check.ts'
import { CommandFailed, EXIT, exitCodeOf } from './exit.ts'
import { placesIn } from './places.ts'

/** What a command says of whom to ask and as whom. */
export interface ServerOptions {
  readonly as?: string | undefined
  readonly lang: Language
}

/** The running server, spoken to as one person. */
export interface Server {
  readonly url: string
  get<Answer>(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Answer>
  post<Answer>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/** Long enough for a verification of a large ledger. */
const PATIENCE_MS = 600_000

/** Throws `CommandFailed` when there is no server, no key, or (at each request) no good answer. */
export function connect(env: Readonly<Record<string, string | undefined>>, options: ServerOptions): Server {
  const url = requiredUrl(env)
  const key = keyFrom(env, options)
  const ask = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const response = await answerOf(url, path, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${key}`,
        'user-agent': `${CLI_AGENT}/${version}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    return parsed(response, options.lang)
  }
  return {
    url,
    // Both sides are this program: the answer has the type that its route declares.
    get: async <Answer>(path: string, query: Readonly<Record<string, string | undefined>> = {}) =>
      (await ask('GET', `${path}${queryOf(query)}`)) as Answer,
    // Both sides are this program: the answer has the type that its route declares.
    post: async <Answer>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
      (await ask('POST', path, body, headers)) as Answer,
  }
}

/** How the server is; it says so with 503 when it cannot do its work. Throws `CommandFailed` when there is none. */
export async function healthOf(env: Readonly<Record<string, string | undefined>>): Promise<HealthView> {
  const response = await answerOf(requiredUrl(env), '/health', { method: 'GET' })
  // Both sides are this program: the answer has the type that its route declares.
  if (response.ok || response.status === 503) return (await response.json()) as HealthView
  throw new CommandFailed(`The server answered ${response.status} and nothing that can be read.`, EXIT.noServer)
}

function requiredUrl(env: Readonly<Record<string, string | undefined>>): string {
  const url = serverUrl(env)
  if (url !== undefined) return url
  throw new CommandFailed('No server is running here. Start one with: sijil serve', EXIT.noServer)
}

/** `SIJIL_URL`; else whoever holds the data directory; else, beside a Postgres, where a server listens by default. */
function serverUrl(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { url, dataDir, databaseUrl, defaultUrl } = placesIn(env)
  if (url !== undefined) return url
  if (databaseUrl !== undefined) return defaultUrl
  const holder = readHolder(dataDir)
  if (holder === undefined) return undefined
  if (holder.address !== undefined) return holder.address
  throw new CommandFailed(
    `Process ${holder.pid} holds ${dataDir} and does not answer requests: it is starting, or is not a server. Try again in a moment.`,
    EXIT.noServer,
  )
}

function keyFrom(env: Readonly<Record<string, string | undefined>>, { as }: ServerOptions): string {
  const key = env['SIJIL_KEY']?.trim()
  if (as === undefined && key !== undefined && key !== '') return key
  if (as === undefined)
    throw new CommandFailed(
      'Say who you are: set SIJIL_KEY to your key, or name a person of the sample organisation with --as.',
      EXIT.invalid,
    )
  const file = join(placesIn(env).keysDir, 'keys.json')
  const found = keysIn(file)[as]
  if (found !== undefined) return found
  throw new CommandFailed(
    `${file} holds no key of ${as}. It has: ${Object.keys(keysIn(file)).join(', ')}`,
    EXIT.notFound,
  )
}

const KeysFile = z.object({ keys: z.record(z.string(), z.string()) })

function keysIn(file: string): Readonly<Record<string, string>> {
  try {
    return KeysFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys
  } catch (cause) {
    throw new CommandFailed(
      `There are no keys of a sample organisation in ${file}. Set SIJIL_KEY instead, or start the server with: sijil serve --seed`,
      EXIT.invalid,
      undefined,
      { cause },
    )
  }
}

async function answerOf(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (cause) {
    throw new CommandFailed(
      `The server at ${url} does not answer. Whether it has carried out the request is not known; ask again, with the same idempotency key if you gave one.`,
      EXIT.noServer,
      undefined,
      { cause },
    )
  }
}

const Refused = z.object({
  error: z.object({
    code: z.string(),
    message: z.object({ en: z.string(), ar: z.string() }),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
})

async function parsed(response: Response, language: Language): Promise<unknown> {
  const text = await response.text()
  if (response.ok) return JSON.parse(text)
  const refused = Refused.safeParse(jsonIn(text)).data
  if (refused === undefined)
    throw new CommandFailed(`The server answered ${response.status} and nothing that can be read.`, EXIT.noServer)
  const { code, message, issues = [] } = refused.error
  const lines = issues.map((issue) => `\n  ${issue.path === '' ? '' : `${issue.path}: `}${issue.message}`)
  throw new CommandFailed(`${message[language]} (${code})${lines.join('')}`, exitCodeOf(code, response.status), refused)
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  return given.size === 0 ? '' : `?${given.toString()}`
}
