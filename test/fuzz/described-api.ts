/** What the OpenAPI document of a running Sijil says of each operation, as a fuzzer needs it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { z } from 'zod'

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
})
const Content = z.object({ 'application/json': z.object({ schema: z.record(z.string(), z.unknown()) }).optional() })
const Operation = z.object({
  parameters: z.array(Parameter).default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
})
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

export type JsonSchema = Readonly<Record<string, unknown>>
export interface DescribedOperation {
  /** `POST /runs/{run}/cancel`. */
  readonly id: string
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly parameters: readonly z.infer<typeof Parameter>[]
  readonly body: { readonly schema: JsonSchema; fits(value: unknown): boolean } | undefined
  readonly answers: ReadonlyMap<string, DescribedAnswer>
}
export interface DescribedAnswer {
  /** What is wrong with a body; undefined when it fits, or nothing is said of it. */
  readonly objection: (body: unknown) => string | undefined
}
/** What every refusal of an operation is described as. */
export const REFUSAL = 'default'

export function describedApi(served: unknown): readonly DescribedOperation[] {
  const document = Document.parse(served)
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'api')
  /** `place`: a JSON pointer. */
  const schemaAt = (...place: readonly string[]): ValidateFunction => {
    const found = ajv.getSchema(`api#/${place.map((part) => encodeURIComponent(pointed(part))).join('/')}`)
    if (found === undefined) throw new Error(`the description has no schema at ${place.join(' / ')}`)
    return found
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters, requestBody, responses }]) => {
      const here = ['paths', path, method]
      const schema = requestBody?.content['application/json']?.schema
      const fits = schema && schemaAt(...here, 'requestBody', 'content', 'application/json', 'schema')
      return {
        id: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters,
        body: schema && fits && { schema, fits: (value: unknown) => fits(value) },
        answers: new Map(
          Object.entries(responses).map(([status, { content }]) => {
            if (content?.['application/json'] === undefined) return [status, { objection: () => undefined }] as const
            const validate = schemaAt(...here, 'responses', status, 'content', 'application/json', 'schema')
            const objection = (body: unknown) => (validate(body) ? undefined : ajv.errorsText(validate.errors))
            return [status, { objection }] as const
          }),
        ),
      }
    }),
  )
}

const pointed = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')
