import { startSandboxProcess } from '../../scripts/start/sandbox-process.ts'
import { end } from '../../scripts/start/process-output.ts'
import { openLog } from '../../src/composition/log.ts'
import { readSettings } from '../../src/composition/settings.ts'
import { serve } from '../../src/http/serve.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { freePort } from '../../test/support/free-port.ts'
import { measure } from '../measure.ts'
import { Approvals } from '../world/approvals.ts'
import { newPlace, type Place } from '../world/place.ts'
import { openLedger } from '../world/world.ts'
import type { Case, Scenario } from './scenario.ts'

const CONCURRENT = 50

export const partnerApproval: Scenario = {
  name: 'partner-approval',
  title: 'Whole partner approvals',
  measures:
    'the workflow of the product over its own server, from the application to the welcome: three decisions taken at once, an answer, two signatures, seven calls of four vendors that run in a process of their own on this machine and tell us by signed webhooks; somebody looks every 5 ms what is asked of people',
  durable: 'the end of the run; every intent before its call, every outcome after it',
  durabilities: ['travelling'],
  async run(of, progress) {
    await using opened = new AsyncDisposableStack()
    const approvals = await openApprovals(of, opened)
    const runs = of.isQuick ? 2 : 500
    let done = 0
    const work = async (): Promise<void> => {
      await approvals.run()
      done += 1
      progress(Math.min(1, done / (runs * 1.5)), 'partners are approved')
    }
    const many = await measure({ runs, concurrent: of.isQuick ? 2 : CONCURRENT }, work)
    const alone = await measure({ runs: of.isQuick ? 1 : 50, concurrent: 1 }, work)
    return [
      { what: `approvals at ${CONCURRENT} concurrent`, value: many.perSecond, unit: 'approvals/s' },
      { what: `one of ${CONCURRENT}, p50`, value: many.p50Ms, unit: 'ms' },
      { what: `one of ${CONCURRENT}, p99`, value: many.p99Ms, unit: 'ms' },
      { what: 'one alone, p50', value: alone.p50Ms, unit: 'ms' },
      { what: 'one alone, p99', value: alone.p99Ms, unit: 'ms' },
    ]
  },
}

async function openApprovals(of: Case, opened: AsyncDisposableStack): Promise<Approvals> {
  const place = await newPlace(of, opened)
  await withOtherTenants(place)
  const { url, dataDir, keysDir } = place
  const port = await freePort()
  const sandbox = await startSandboxProcess({
    dataDir: `${dataDir}-sandbox`,
    httpPort: 0,
    smtpPort: 0,
    sijilUrl: `http://127.0.0.1:${port}`,
    tenant: SAMPLE_TENANT,
  })
  opened.defer(() => end(sandbox.child))
  const settings = readSettings({
    ...sandbox.environment,
    ...(url === undefined ? {} : { DATABASE_URL: url }),
    SIJIL_DATA: dataDir,
    SIJIL_KEYS: keysDir,
    SIJIL_PORT: String(port),
    SIJIL_DURABILITY: of.durability,
    SIJIL_LOG: 'error',
  })
  const { sijil } = opened.adopt(await serve(settings, { log: openLog(settings), seed: true }), (served) =>
    served.close(),
  )
  return opened.adopt(new Approvals(sijil, sandbox.url), (approvals) => approvals.close())
}

/** The organisation is one of a hundred and one. */
async function withOtherTenants(place: Place): Promise<void> {
  await using opened = new AsyncDisposableStack()
  await openLedger(place, opened)
}
