import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sijil } from '../../composition/open-sijil.ts'
import { type Verification, verificationOf } from '../../composition/verification.ts'
import { demand } from '../../engine/commands/permissions.ts'
import { backUp, type SnapshotSummary } from '../../ledger/backup.ts'
import type { HttpEnv } from '../caller.ts'
import { answers, refuses } from './described.ts'

const tags = ['ledger']

const verify = createRoute({
  method: 'post',
  path: '/ledger/verify',
  tags,
  summary: 'Check the ledger against its own proofs',
  responses: {
    200: answers<Verification>(
      z.strictObject({
        findings: z.array(
          z.strictObject({ code: z.string(), tenant: z.string(), subject: z.string(), message: z.string() }),
        ),
        checks: z.int(),
      }),
      'What is wrong in your organisation’s part; an empty list says that nothing is.',
    ),
    ...refuses,
  },
})

interface Snapshot extends SnapshotSummary {
  /** On the machine of the server. */
  readonly file: string
}

const snapshot = createRoute({
  method: 'post',
  path: '/ledger/snapshot',
  tags,
  summary: 'Write a snapshot of the ledger',
  description: 'The file holds every organisation and stays on the machine of the server; keys are not in it.',
  responses: {
    201: answers<Snapshot>(z.looseObject({ file: z.string() }), 'Written.'),
    ...refuses,
  },
})

export function addLedgerRoutes(app: OpenAPIHono<HttpEnv>, sijil: Sijil): void {
  const { database, signer, headsFile, settings } = sijil
  app.openapi(verify, async (c) => {
    demand(c.var.actor, 'verify')
    await sijil.sealer.sealNow()
    const { findings, checks } = await verificationOf({ database, verify: signer.verify, headsFile })
    const own = findings.filter(({ tenant }) => tenant === c.var.actor.tenant)
    return c.json({ findings: own, checks }, 200)
  })
  app.openapi(snapshot, async (c) => {
    demand(c.var.actor, 'back up')
    const folder = join(settings.dataDir, 'snapshots')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.snapshot`)
    return c.json({ ...(await backUp(database, file)), file }, 201)
  })
}
