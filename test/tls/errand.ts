import { z } from 'zod'

/** One thing that `over-tls.ts` is to do: have a task opened at a desk, send a mail, or tell a customer's system of an event. */
export const Errand = z.object({ by: z.enum(['desk', 'mail', 'webhook']), url: z.string() })
export type Errand = z.output<typeof Errand>

/** What came of it: `made`, or the failure with its code, and whether the connector's health said the same. */
export const Came = z.object({ of: z.string(), code: z.string(), message: z.string(), health: z.string() })
export type Came = z.output<typeof Came>
