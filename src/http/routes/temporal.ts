import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { knownRun } from '../../engine/commands/known-run.ts'
import { demand } from '../../engine/commands/permissions.ts'
import { Refusal } from '../../engine/commands/refusal.ts'
import type { PlainPayload } from '../../engine/temporal/remote-codec.ts'
import { noteAct } from '../../ledger/requests/requests.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, refuses, sends } from './described.ts'

const base64 = z.base64()
/** As Temporal's interface writes a payload in JSON; what else it may hold is not ours to name. */
const Payload = z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })
const Payloads = z.object({ payloads: z.array(Payload).max(1_000) })

const decode = createRoute({
  method: 'post',
  path: '/temporal/decode',
  tags: ['temporal'],
  summary: 'Open payloads that Temporal keeps sealed',
  description:
    "Temporal's protocol for a remote codec. What was sealed for a run of your organisation is opened; anything else is answered as it came. Personal values stay sealed. Each run that is opened stands in the audit log. Only where SIJIL_TEMPORAL_CODEC is on.",
  request: { body: sends(Payloads) },
  responses: {
    200: answers<{ payloads: readonly PlainPayload[] }>(Payloads, 'As many as were sent, in their order.'),
    ...refuses,
  },
})

/** Nothing where no cluster is configured, or payloads stay sealed. */
export function addTemporalRoutes(app: OpenAPIHono<HttpEnv>, { database, temporal, settings }: Sijil): void {
  if (temporal === undefined || settings.temporal?.opensPayloads !== true) return
  app.openapi(decode, async (c) => {
    const { actor } = c.var
    demand(actor, 'open payloads')
    const isOurs = async (run: string): Promise<boolean> => {
      try {
        await knownRun({ database }, actor, run)
        return true
      } catch (error) {
        if (error instanceof Refusal) return false
        throw error
      }
    }
    const note = (run: string) =>
      database.transaction({ role: 'member', tenant: actor.tenant }, (session) =>
        noteAct(session, actor, { what: 'payloads.opened', run, subject: run, detail: null }),
      )
    const { payloads } = c.req.valid('json')
    return c.json({ payloads: await temporal.open(payloads, isOurs, note) }, 200)
  })
}
