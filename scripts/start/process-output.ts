import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Resolves with the first answer that is not undefined, asked every `everyMs`; rejects when the process ends or time is up. */
export async function until<Answer>(
  ask: () => Promise<Answer | undefined>,
  {
    child,
    what,
    everyMs = 100,
    forMs = 60_000,
  }: { child?: ChildProcess; what: string; everyMs?: number; forMs?: number },
): Promise<Answer> {
  for (const giveUpAt = performance.now() + forMs; performance.now() < giveUpAt; ) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (child !== undefined && hasEnded(child)) throw new Error(`The process ended before ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(`${what}: that did not happen within ${forMs / 1_000} s.`)
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Asks it to end and waits until it has. */
export async function end(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child === undefined || hasEnded(child)) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
