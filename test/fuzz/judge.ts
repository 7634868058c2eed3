/** Whether an answer is one that the description allows, and says in the documented way what was refused. */
import { z } from 'zod'
import { type RefusalCode, refusalKinds } from '../../src/engine/commands/refusal.ts'
import { httpRefusalKinds } from '../../src/http/http-refusal.ts'
import { type DescribedOperation, REFUSAL } from './described-api.ts'
import type { HttpRequest } from './http-request.ts'

/** The codes that a request can be refused with, and the status of each. */
const statusOf = new Map<string, number>([
  ...Object.entries(refusalKinds).map(([code, { httpStatus }]) => [code as RefusalCode, httpStatus] as const), // its own keys
  ...Object.entries(httpRefusalKinds).map(([code, { status }]) => [code, status] as const),
])
const refusalStatuses: ReadonlySet<number> = new Set(statusOf.values())

const Refused = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.strictObject({ en: z.string().min(1), ar: z.string().regex(/\p{Script=Arabic}/u) }),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  }),
})

const PAGE = /^\/[daw]\//
/** Traces of our own insides: a place in the code, a statement, a driver's words. */
const INSIDES = /\bat \S+ \(?(file:|\/)|node_modules|\bsijil\.[a-z_]+\b.*\b(relation|column)\b|PGlite|unexpected error/

/** What is wrong with an answer; undefined when nothing is. `described`: undefined for an address that no document names. */
export async function objectionTo(
  request: HttpRequest,
  response: Response,
  described: DescribedOperation | undefined,
): Promise<string | undefined> {
  const { status } = response
  const text = await response.text()
  const said = () => text.slice(0, 400)
  if (status >= 500) return `it was answered with ${status}: ${said()}`
  if (INSIDES.test(text)) return `the answer shows our insides: ${said()}`
  const bare = ['content-security-policy', 'x-content-type-options', 'cache-control'].find(
    (name) => !response.headers.has(name),
  )
  if (bare !== undefined) return `the answer has no header ${bare}`
  if (request.may === 'refusal' && status < 400) return `it was not refused but answered with ${status}: ${said()}`
  // An answer to HEAD has no body to look at.
  if (request.method === 'HEAD') return undefined
  return status >= 400
    ? objectionToRefusal(request, response, text, described)
    : objectionToSuccess(request, response, text, described)
}

function objectionToRefusal(
  { path }: HttpRequest,
  { status, headers }: Response,
  text: string,
  described: DescribedOperation | undefined,
): string | undefined {
  if (PAGE.test(path) && headers.get('content-type')?.startsWith('text/html') === true)
    return refusalStatuses.has(status) && /<html lang="(ar|en)"/.test(text)
      ? undefined
      : `the page with status ${status} is none of ours`
  const body = jsonIn(text)
  const refused = Refused.safeParse(body)
  if (!refused.success) return `the refusal (${status}) is not of the documented form: ${text.slice(0, 400)}`
  const { code } = refused.data.error
  if (statusOf.get(code) !== status)
    return `${code} came with status ${status}; documented is ${statusOf.get(code) ?? 'no such code'}`
  return described?.answers.get(REFUSAL)?.objection(body)
}

function objectionToSuccess(
  { path, operation }: HttpRequest,
  { status, headers }: Response,
  text: string,
  described: DescribedOperation | undefined,
): string | undefined {
  if (described === undefined) {
    const fine = operation.startsWith('page') ? status === 200 || status === 303 : status === 200
    return fine ? undefined : `${path} is in no document and was answered with ${status}`
  }
  const answer = described.answers.get(String(status))
  if (answer === undefined) return `status ${status} is not documented for ${described.id}`
  if (headers.get('content-type')?.startsWith('application/json') !== true) return undefined
  const objection = answer.objection(jsonIn(text))
  return objection === undefined ? undefined : `the answer (${status}) is not as described: ${objection}`
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
