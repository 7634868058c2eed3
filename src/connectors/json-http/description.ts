import { z } from 'zod'
import { isPointer } from '../json-pointer.ts'
import { vendorUrl } from '../setting-kinds.ts'
import { placeholdersIn } from './template.ts'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'is not a name: lower-case letters, digits and dashes')
const Title = z.strictObject({ en: z.string().min(1), ar: z.string().min(1) })
const pointer = z.string().refine(isPointer, { error: 'is not a JSON pointer: "" or "/name/0"' })
/** What the exchange itself sets is not to be set twice. */
const HEADER = /^(?!(host|connection|content-length|content-type|accept)$)[a-z0-9-]+$/i

const Parameter = z.strictObject({
  /** Of the whole value. */
  pattern: z.string().transform((text, ctx) => {
    try {
      return new RegExp(`^(?:${text})$`, 'u')
    } catch {
      ctx.addIssue('is not a regular expression')
      return z.NEVER
    }
  }),
  optional: z.boolean().default(false),
})

const Operation = z.strictObject({
  title: Title,
  method: z.enum(['GET', 'POST']).default('GET'),
  /** Whoever writes the description says so for a POST, which elsewhere changes things. */
  changesNothing: z.literal(true).optional(),
  path: z
    .string()
    .regex(/^[^/?#]+(\/[^/?#]+)*$/, 'is not a path below the base: names with a / between, and neither ? nor #')
    .refine((path) => path.split('/').every((part) => part !== '.' && part !== '..'), { error: 'leads upwards' }),
  query: z.record(z.string(), z.string()).default({}),
  body: z.record(z.string(), z.json()).optional(),
  parameters: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'is not a name of a parameter'), Parameter).default({}),
  /** Where in the answer the data is: the whole of it, or each field by its own pointer. What is not there becomes null. */
  answer: z.union([pointer, z.record(z.string(), pointer)], 'is neither a JSON pointer nor fields with one each'),
  /** JSON Schema of the data, after `answer`. */
  schema: z.record(z.string(), z.unknown()).transform((schema, ctx) => {
    try {
      return z.fromJSONSchema(schema)
    } catch {
      ctx.addIssue('is not a JSON Schema')
      return z.NEVER
    }
  }),
  /** How the source says that it has no such thing; the status alone, or with a value in the answer that tells it from a wrong path. */
  notFound: z
    .strictObject({ status: z.int().min(400).max(499), at: pointer.optional(), is: z.json().optional() })
    .optional(),
  cacheSeconds: z.int().min(0).max(2_592_000).default(0),
  classification: z.enum(['public', 'internal', 'confidential', 'restricted']),
})
export type Operation = z.infer<typeof Operation>

const Source = z.strictObject({
  title: Title,
  base: vendorUrl,
  /** The key is no part of the description; see `SIJIL_RESEARCH_KEYS`. */
  auth: z
    .strictObject({
      header: z.string().regex(HEADER, 'is not a header that may be set'),
      prefix: z.string().default(''),
    })
    .optional(),
  /** A path that answers when the source is well and the key is good. Without it the source counts as well. */
  health: Operation.shape.path.optional(),
  /** Where an error has its code. */
  errorCode: pointer.optional(),
  operations: z.record(name, Operation),
})
export type Source = z.infer<typeof Source>

const Description = z.strictObject({ sources: z.record(name, Source) })
export type Description = z.infer<typeof Description>

/** What the text describes, or every problem of it with its place. No value is shown. */
export function readDescription(text: string): Description | { readonly problems: readonly string[] } {
  const json = parsed(text)
  if (json === undefined) return { problems: ['it is no JSON'] }
  const read = Description.safeParse(json)
  if (!read.success)
    return { problems: read.error.issues.map((issue) => `${issue.path.join('.') || 'it'} ${messageOf(issue)}`) }
  const problems = Object.entries(read.data.sources).flatMap(([source, { operations }]) =>
    Object.entries(operations).flatMap(([operation, described]) =>
      problemsOf(described).map((problem) => `sources.${source}.operations.${operation} ${problem}`),
    ),
  )
  return problems.length > 0 ? { problems } : read.data
}

function problemsOf({ method, changesNothing, path, query, body, parameters }: Operation): readonly string[] {
  const used = new Set([path, ...Object.values(query), body].flatMap(placeholdersIn))
  const optionalInPath = placeholdersIn(path).filter((parameter) => parameters[parameter]?.optional === true)
  return [
    ...[...used]
      .filter((one) => !Object.hasOwn(parameters, one))
      .map((one) => `uses {${one}}, which is none of its parameters`),
    ...Object.keys(parameters)
      .filter((one) => !used.has(one))
      .map((one) => `never uses its parameter ${one}`),
    ...optionalInPath.map((one) => `has {${one}} in its path, so it cannot be optional`),
    ...(method === 'POST' && changesNothing !== true
      ? ['is a POST: say "changesNothing": true if that is so; this connector only reads']
      : []),
    ...(method === 'GET' && body !== undefined ? ['is a GET and has a body'] : []),
  ]
}

const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys' ? `has fields that nobody knows: ${issue.keys.join(', ')}` : issue.message

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
