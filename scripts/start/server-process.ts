import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { until } from './process-output.ts'

export interface ServerProcess {
  readonly url: string
  readonly child: ChildProcess
}

const main = join(dirname(dirname(import.meta.dirname)), 'src', 'main.ts')

/** Starts `sijil serve --seed` in this environment; resolves when it answers that it is well. Its words go to `say`. */
export async function startServerProcess(
  environment: Readonly<Record<string, string | undefined>>,
  say: (text: string) => void,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main, 'serve', '--seed', '--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', say)
  const url = await until(
    async () => {
      const found = /"url": "([^"]+)"/.exec(printed)?.[1]
      return found !== undefined && (await isWell(found)) ? found : undefined
    },
    { child, what: 'the server was ready' },
  ).catch((error: unknown) => {
    child.kill()
    throw error
  })
  return { url, child }
}

async function isWell(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })).ok
  } catch {
    return false
  }
}
