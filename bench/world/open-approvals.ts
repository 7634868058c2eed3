import { end } from '../../scripts/start/process-output.ts'
import { type SandboxProcess, startSandboxProcess } from '../../scripts/start/sandbox-process.ts'
import { openLog } from '../../src/composition/log.ts'
import { readSettings } from '../../src/composition/settings.ts'
import type { Environment } from '../../src/connectors/settings-source.ts'
import { serve } from '../../src/http/serve.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { freePort } from '../../test/support/free-port.ts'
import type { Case } from '../scenarios/scenario.ts'
import { Approvals } from './approvals.ts'
import { newPlace, type Place } from './place.ts'
import { openLedger } from './world.ts'

/** The product over its own server, and people who decide. `environment`: what is set besides. */
export async function openApprovals(
  of: Pick<Case, 'database' | 'durability' | 'isQuick'>,
  opened: AsyncDisposableStack,
  environment: Environment = {},
): Promise<Approvals> {
  const place = await newPlace(of, opened)
  await withOtherTenants(place)
  const { url, dataDir, keysDir } = place
  const port = await freePort()
  const sandbox = await openSandbox(`http://127.0.0.1:${port}`, dataDir, opened)
  const settings = readSettings({
    ...sandbox.environment,
    ...(url === undefined ? {} : { DATABASE_URL: url }),
    SIJIL_DATA: dataDir,
    SIJIL_KEYS: keysDir,
    SIJIL_PORT: String(port),
    SIJIL_DURABILITY: of.durability,
    SIJIL_LOG: 'error',
    ...environment,
  })
  const { sijil } = opened.adopt(await serve(settings, { log: openLog(settings), seed: true }), (served) =>
    served.close(),
  )
  return opened.adopt(new Approvals(sijil, sandbox.url), (approvals) => approvals.close())
}

/** The vendors, in a process of their own; their webhooks go to `sijilUrl`. */
export async function openSandbox(
  sijilUrl: string,
  dataDir: string,
  opened: AsyncDisposableStack,
): Promise<SandboxProcess> {
  const sandbox = await startSandboxProcess({
    dataDir: `${dataDir}-sandbox`,
    httpPort: 0,
    smtpPort: 0,
    sijilUrl,
    tenant: SAMPLE_TENANT,
  })
  opened.defer(() => end(sandbox.child))
  return sandbox
}

/** The organisation is one of a hundred and one. */
async function withOtherTenants(place: Place): Promise<void> {
  await using opened = new AsyncDisposableStack()
  await openLedger(place, opened)
}
