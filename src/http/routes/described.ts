import { z } from '@hono/zod-openapi'
import { assertStorable } from '../../engine/commands/checked-value.ts'
import { HttpRefusal } from '../http-refusal.ts'

/**
 * An answer as the description of the API shows it. The handler gives a view of a room, whose type is `View`; the schema
 * says the same for readers, and a test holds real answers against it.
 */
export const answers = <View extends object>(schema: z.ZodType, description: string) => ({
  description,
  // The two say the same twice: the view belongs to a room below, which knows no API.
  content: { 'application/json': { schema: schema as unknown as z.ZodType<View> } },
})

/** What is sent with a request. */
export const sends = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})

const Issue = z.strictObject({
  path: z.string().openapi({ description: 'Where: `partner.email`; empty for the value itself.' }),
  message: z.string(),
})
export const Words = z.strictObject({ en: z.string(), ar: z.string() })

const ErrorBody = z
  .strictObject({
    error: z.strictObject({
      code: z.string().openapi({ description: 'Stable: decide by it.', example: 'STALE_DIGEST' }),
      message: Words,
      issues: z.array(Issue).optional(),
    }),
  })
  .openapi('Error')

/** Every operation may refuse; the code says why. Nothing was changed unless the code is INTERNAL. */
export const refuses = {
  default: { description: 'Refused: see the code.', content: { 'application/json': { schema: ErrorBody } } },
} as const

/** Milliseconds since 1970 by the ledger's clock. */
export const instant = z.int().openapi({ description: 'Milliseconds since 1970 by the ledger’s clock.' })
export const anything = z.unknown().openapi({ description: 'JSON, as the workflow defines it.' })
export const runId = z
  .string()
  .openapi({ description: 'The id of a run.', example: '01990f6e-0000-7000-8000-000000000000' })
export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(500)
  .optional()
  .openapi({ description: 'How many at most. Default 50.' })

type Checked =
  | { readonly success: false; readonly target: string; readonly error: Pick<z.ZodError, 'issues'> }
  | { readonly success: true; readonly target: string; readonly data: unknown }

export const REQUEST = { en: 'The request', ar: 'الطلب' } as const

/**
 * A request that does not fit its schema, or looks for text that no row can hold. What stands in the path is an id or a name, and
 * refused as such by whoever looks for it; a body was looked at before. Throws `HttpRefusal` INVALID_REQUEST, `Refusal`
 * TEXT_NOT_STORABLE.
 */
export const refuseUnfitting = (result: Checked): void => {
  if (!result.success)
    throw new HttpRefusal('INVALID_REQUEST', {
      issues: result.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
    })
  if (result.target === 'query') assertStorable(result.data, REQUEST)
}
