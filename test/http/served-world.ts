import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SampleOrganisation } from '../../scripts/start/sample.ts'
import { openLog } from '../../src/composition/log.ts'
import { readSettings } from '../../src/composition/settings.ts'
import { type Served, serve } from '../../src/http/serve.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { freePort } from '../support/free-port.ts'

/** A server with the sample organisation and a sandbox for its vendors, in this process, on ports of their own. */
export interface ServedWorld {
  readonly url: string
  readonly served: Served
  readonly sandbox: Sandbox
  readonly people: SampleOrganisation
  close(): Promise<void>
}

/** `more`: settings beside those of the sandbox, such as `DATABASE_URL`. */
export async function openServedWorld(more: Readonly<Record<string, string>> = {}): Promise<ServedWorld> {
  const home = await mkdtemp(join(tmpdir(), 'sijil-http-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const sandbox = await startSandbox({ httpPort: 0, smtpPort: 0, webhookTarget: url, tenant: SAMPLE_TENANT })
  const settings = readSettings({
    ...sandbox.settings,
    SIJIL_DATA: join(home, 'data'),
    SIJIL_PORT: String(port),
    SIJIL_LOG: 'silent',
    ...more,
  })
  const served = await serve(settings, { log: openLog(settings), seed: true })
  return {
    url,
    served,
    sandbox,
    people: new SampleOrganisation(url, settings.keysDir),
    close: async () => {
      await served.close()
      await sandbox.close()
      await rm(home, { recursive: true })
    },
  }
}

/** The sandbox must know where Sijil listens before Sijil does. */
