import { z } from 'zod'

/** What a process of the test of the shared limit is told to do. */
export const CallerTask = z.object({
  name: z.string(),
  ledger: z.string(),
  vendor: z.url(),
  rate: z.object({ calls: z.number(), perMs: z.number() }),
  calls: z.number(),
})
export type CallerTask = z.output<typeof CallerTask>
