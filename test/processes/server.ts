import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import type { Chance } from './chance.ts'
import { Fault } from './trail.ts'

const root = join(import.meta.dirname, '../..')

export type Environment = Readonly<Record<string, string | undefined>>

/** One process of `sijil serve --seed`, until it is killed. */
export class Server {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #startedAt = performance.now()
  #said = ''
  /** Resolves with the milliseconds from its start to its first answer; rejects when it ends by itself before. */
  readonly ready: Promise<number>

  constructor(environment: Environment, onWords: (text: string) => void) {
    this.#child = spawn(process.execPath, [join(root, 'src/main.ts'), 'serve', '--seed', '--json'], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const endWithUs = () => this.#child.kill('SIGKILL')
    process.once('exit', endWithUs)
    this.#exited = once(this.#child, 'exit').finally(() => process.off('exit', endWithUs))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
      onWords(text)
    })
    const answers = once(this.#child.stdout ?? this.#child, 'data').then(() => performance.now() - this.#startedAt)
    const ended = this.#exited.then(() => {
      throw new Fault(`The server ended by itself while it started:\n${this.#said}`)
    })
    this.ready = Promise.race([answers, ended])
    this.ready.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Throws a `Fault` when it has ended by itself. Resolves when it is gone, or has been told to stop or to go on. */
  async signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (this.isOver) throw new Fault(`The server had ended by itself:\n${this.#said}`)
    this.#child.kill(signal)
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#exited
  }

  /** Whatever it is doing, also nothing any more. */
  async end(): Promise<void> {
    if (!this.isOver) await this.signal('SIGKILL')
  }
}

/** Runs a command of `sijil` to its end. */
export async function sijil(
  args: readonly string[],
  environment: Environment,
): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  await once(child, 'close')
  return { code: child.exitCode ?? -1, said }
}

/**
 * A port that can be taken again and again: below those that the system hands out for a moment, so that nobody comes by it
 * while a killed server is away.
 */
export async function lastingPort(chance: Chance): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 10_000 + chance.whole(20_000)
    if (await isFree(port)) return port
  }
  throw new Error('No port is free')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise((resolve) => server.close(resolve))
  return free
}
