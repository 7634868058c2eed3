import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Load } from '../measure.ts'
import type { Place } from './place.ts'
import type { Durability } from './world.ts'

export interface WorkerStart {
  readonly place: Place
  readonly durability: Durability
  readonly worker: string
}
export interface ToWorker {
  readonly load: Load
  /** Or is it only to warm up. */
  readonly count: boolean
}
export interface FromWorker {
  readonly kind: 'ready' | 'done'
}

/** Another process on the same ledger. */
export interface Worker {
  /** Settles when it has carried out the load. */
  drive(load: Load, what?: 'count' | 'warm up'): Promise<void>
  /** As a crash would. */
  kill(): Promise<void>
  /** Lets it give back what it holds. */
  end(): Promise<void>
}

const file = fileURLToPath(new URL('../worker-process.ts', import.meta.url))

/** Resolves when the ledger is open and the engine drives. */
export async function startWorker(start: WorkerStart): Promise<Worker> {
  const child = fork(file, [JSON.stringify(start)])
  await answerOf(child, 'ready')
  const gone = once(child, 'exit')
  return {
    drive: async (load, what = 'count') => {
      child.send({ load, count: what === 'count' } satisfies ToWorker)
      await answerOf(child, 'done')
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    end: async () => {
      child.disconnect()
      await gone
    },
  }
}

async function answerOf(child: ChildProcess, wanted: FromWorker['kind']): Promise<void> {
  const ended = new AbortController()
  const told = once(child, 'message', { signal: ended.signal })
  const onExit = (): void => ended.abort(new Error(`a worker of the bench ended before it was ${wanted}`))
  child.once('exit', onExit)
  try {
    const [message] = (await told) as [FromWorker] // the only thing that worker-process.ts sends
    if (message.kind !== wanted) throw new Error(`a worker of the bench is ${message.kind} and should be ${wanted}`)
  } finally {
    child.off('exit', onExit)
  }
}
