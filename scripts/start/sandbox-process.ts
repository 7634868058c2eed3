import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { until } from './process-output.ts'

export interface SandboxPlace {
  readonly dataDir: string
  readonly httpPort: number
  readonly smtpPort: number
  /** Where Sijil listens for webhooks. */
  readonly sijilUrl: string
  readonly tenant: string
  /** Keys of the vendors whose settings are given. Default: the usual one of each role. */
  readonly vendors?: readonly string[] | undefined
}

export interface SandboxProcess {
  readonly url: string
  /** In which the connectors find it. */
  readonly environment: Readonly<Record<string, string>>
  /** Undefined when it was running already. */
  readonly child: ChildProcess | undefined
}

const main = join(dirname(dirname(import.meta.dirname)), 'sandbox', 'main.ts')

/**
 * Starts the sandbox, or finds the one that outlived an earlier start: what it printed then is kept beside its data, for
 * its owner alone.
 */
export async function startSandboxProcess(place: SandboxPlace): Promise<SandboxProcess> {
  const kept = join(place.dataDir, 'environment')
  const running = `http://127.0.0.1:${place.httpPort}`
  if (existsSync(kept) && place.httpPort !== 0 && (await answers(running)))
    return { url: running, environment: environmentIn(readFileSync(kept, 'utf8')), child: undefined }
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      SANDBOX_DATA: place.dataDir,
      SANDBOX_HTTP_PORT: String(place.httpPort),
      SANDBOX_SMTP_PORT: String(place.smtpPort),
      SANDBOX_WEBHOOKS: place.sijilUrl,
      SANDBOX_TENANT: place.tenant,
      ...(place.vendors === undefined ? {} : { SANDBOX_VENDORS: place.vendors.join(',') }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const url = await until(
    async () => (printed.endsWith('\n\n') ? /The sandbox is at (\S+?),/.exec(said)?.[1] : undefined),
    { child, what: 'the sandbox was ready' },
  ).catch((cause: unknown) => {
    child.kill()
    throw new Error(`The sandbox did not start:\n${said}`, { cause })
  })
  mkdirSync(place.dataDir, { recursive: true })
  writeFileSync(kept, printed, { mode: 0o600 })
  return { url, environment: environmentIn(printed), child }
}

const environmentIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/inspect/acts.json`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
