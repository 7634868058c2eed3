import { startSandbox } from './sandbox.ts'
import { smtp } from './vendors/smtp/vendor.ts'

/**
 * The sandbox as a process of its own. Settings: `SANDBOX_DATA` (default `.sijil/sandbox`), `SANDBOX_HTTP_PORT` (4748),
 * `SANDBOX_SMTP_PORT` (4725), `SANDBOX_HOST` (127.0.0.1), `SANDBOX_WEBHOOKS` (where Sijil listens; none are sent
 * without it), `SANDBOX_TENANT` (demo), `SANDBOX_VENDORS` (keys with commas between; default: the usual one of each role). Prints the environment for Sijil, one variable a line and then an empty one, and ends on SIGTERM.
 */
const { env } = process
const sandbox = await startSandbox({
  dataDir: env['SANDBOX_DATA'] ?? '.sijil/sandbox',
  httpPort: Number(env['SANDBOX_HTTP_PORT'] ?? 4748),
  smtpPort: Number(env['SANDBOX_SMTP_PORT'] ?? 4725),
  host: env['SANDBOX_HOST'],
  webhookTarget: env['SANDBOX_WEBHOOKS'],
  tenant: env['SANDBOX_TENANT'],
  settingsFor: env['SANDBOX_VENDORS']?.split(','),
})
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void sandbox.close()
  })

process.stderr.write(`The sandbox is at ${sandbox.url}, its mail server at ${sandbox.of(smtp).url}\n`)
for (const [name, value] of Object.entries(sandbox.settings))
  process.stdout.write(`${name}=${value.replaceAll('\n', String.raw`\n`)}\n`)
// An empty line ends it.
process.stdout.write('\n')
