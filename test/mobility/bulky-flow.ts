import type { Drill } from '../conformance/drill/contract.ts'
import type { DrillFlow } from '../conformance/drill/flows.ts'

export const RESULTS = 12
export const RESULT_BYTES = 200_000

/** Holds 2.4 MB of results when it comes to its wait: more than one payload may have. */
export async function bulky(flow: DrillFlow, { id }: Drill): Promise<unknown> {
  let length = 0
  for (let count = 0; count < RESULTS; count += 1) length += (await flow.look('x'.repeat(RESULT_BYTES))).length
  await flow.reply()
  await flow.keep(id)
  return { length }
}
