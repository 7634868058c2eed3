import { setTimeout as delay } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

const MB = 1024 * 1024

export interface Memory {
  /** Of this thread, what its buffers hold included, after garbage was collected. */
  readonly engineBytes: number
  /** The other threads, their memory included: that of the embedded database, or that in which Temporal's workflows run. */
  readonly threadBytes: number
  /** Of the whole process. */
  readonly rssBytes: number
}

const workers = new Set<Worker>()

/** Threads are begun by those who need them, and only the process can point them out. Call before they are. */
export function watchWorkers(): void {
  process.on('worker', (worker) => {
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
  })
}

/** Needs `--expose-gc`. */
export async function memoryNow(): Promise<Memory> {
  for (let turn = 0; turn < 5; turn += 1) {
    if (globalThis.gc === undefined) throw new Error('the process was started without --expose-gc')
    globalThis.gc()
    await delay(50) // what finalisers free is freed in turns of its own
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const heaps = await Promise.all([...workers].map((worker) => worker.getHeapStatistics()))
  return {
    engineBytes: heapUsed + external,
    threadBytes: heaps.reduce((sum, heap) => sum + heap.total_heap_size + heap.external_memory, 0),
    rssBytes: rss,
  }
}

export const inMb = (bytes: number): number => bytes / MB
