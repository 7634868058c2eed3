import { createHash } from 'node:crypto'
import type { TrailRow } from '../ledger/reading/trail.ts'
import type { NewMessage } from '../ledger/webhook-delivery.ts'
import { eventOf } from './event.ts'

const ID_HEX = 40

/**
 * What an endpoint is told of a row of the trail; undefined when it did not ask for that. The body is made once: these bytes are
 * signed and sent on every attempt.
 *
 * The id follows from the endpoint and the leaf. A ledger that is restored from a copy may give a place to another row, whose leaf
 * is another: so no id is ever given to two events.
 */
export function messageOf(
  tenant: string,
  endpoint: string,
  row: TrailRow,
  events: readonly string[],
): NewMessage | undefined {
  const event = eventOf(tenant, row)
  if (event === undefined || !events.includes(event.type)) return undefined
  return {
    id: `msg_${createHash('sha256').update(`${endpoint} ${row.leaf} ${row.hash}`).digest('hex').slice(0, ID_HEX)}`,
    leaf: row.leaf,
    type: event.type,
    run: row.run,
    body: JSON.stringify(event),
    at: row.at,
  }
}
