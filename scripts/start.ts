/**
 * `npm start`: Sijil on this machine, with a sandbox for its vendors, a sample organisation and one application to decide.
 * Nothing leaves the machine. What was done stays: started again, also after a crash, it goes on where it stood.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { readSettings } from '../src/composition/settings.ts'
import { readHolder } from '../src/ledger/database/embedded/data-directory.ts'
import { SAMPLE_TENANT } from '../src/seed/organisation.ts'
import { end } from './start/process-output.ts'
import { SampleOrganisation, type Standing } from './start/sample.ts'
import { startSandboxProcess } from './start/sandbox-process.ts'
import { startServerProcess } from './start/server-process.ts'

const SAMPLE_KEY = 'sample-application-1'
const { env } = process
const portOf = (name: string, usual: number): number => Number(env[name] ?? usual)
const { dataDir, keysDir, host, port } = readSettings({
  SIJIL_DATA: env['SIJIL_DATA'],
  SIJIL_KEYS: env['SIJIL_KEYS'],
  SIJIL_HOST: env['SIJIL_HOST'],
  SIJIL_PORT: env['SIJIL_PORT'],
})
const sandboxPort = portOf('SANDBOX_HTTP_PORT', 4748)

const running = readHolder(dataDir)?.address
if (running === undefined) await startAll()
else {
  console.log(`Sijil is running already, at ${running}. Nothing was started.`)
  await tell(running, `http://127.0.0.1:${sandboxPort}`)
}

async function startAll(): Promise<void> {
  const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  console.log('Starting … (the first time takes some seconds)')
  const sandbox = await startSandboxProcess({
    dataDir: join(dataDir, 'sandbox'),
    httpPort: sandboxPort,
    smtpPort: portOf('SANDBOX_SMTP_PORT', 4725),
    sijilUrl: `http://${host}:${port}`,
    tenant: SAMPLE_TENANT,
  })
  try {
    const environment = { ...sandbox.environment, SIJIL_LOG: env['SIJIL_LOG'] ?? 'warn' }
    const server = await startServerProcess(environment, (text) => process.stderr.write(text))
    await tell(server.url, sandbox.url)
    console.log('\nCtrl-C stops it; npm start goes on where it stood.')
    const stopped = await Promise.race([asked.then(() => 'asked'), once(server.child, 'exit').then(() => 'ended')])
    if (stopped === 'ended') {
      console.error('The server has ended. Nothing that it had acknowledged is lost: npm start goes on where it stood.')
      process.exitCode = 1
    }
    await end(server.child)
  } finally {
    await end(sandbox.child)
  }
}

async function tell(url: string, sandboxUrl: string): Promise<void> {
  const organisation = new SampleOrganisation(url, keysDir)
  const run = await organisation.startSample(SAMPLE_KEY)
  console.log(`\n${words(await organisation.standingOf(run), sandboxUrl).join('\n')}`)
  console.log(`
  npx sijil run show ${run} --as noura
  npx sijil task list --as faisal --mine
  npx sijil inventory
  API: ${url}/openapi.json   Health: ${url}/health   Sandbox: ${sandboxUrl}`)
}

/** What to do next, in both languages. */
function words(standing: Standing, sandboxUrl: string): readonly string[] {
  switch (standing.kind) {
    case 'task':
      return [
        `A sample partner application waits: ${standing.title.en}. Decide it as ${standing.person}:`,
        `  ${standing.url}?lang=en`,
        `طلب شراكة تجريبي بانتظار قرارك: ${standing.title.ar}`,
        `  ${standing.url}?lang=ar`,
        `or: npx sijil task approve ${standing.task} --as ${standing.person}`,
      ]
    case 'signal':
      return [
        `The sample waits for the world outside: ${standing.title.en}. Play the partner in the sandbox:`,
        `الطلب التجريبي ينتظر جهة خارجية: ${standing.title.ar}. مثّل دور الشريك في بيئة التجربة:`,
        `  ${sandboxUrl}`,
      ]
    case 'ended':
      return [
        `The sample application has ended: ${standing.outcome}. Start another with: npx sijil run start partner-approval --as noura --input <file>`,
        `انتهى الطلب التجريبي: ${standing.outcome}`,
      ]
  }
}
