/** The thread that PGlite lives in: it may block for as long as a statement takes, and it may be ended at any time. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { DatabaseError } from '../database-error.ts'
import { durableStartParams, SyncedNodeFS } from './synced-file-system.ts'
import { prepareDataDirectory, readTemplate } from './template.ts'
import type { FromWorker, ToWorker, WorkerSettings } from './worker-messages.ts'

const port = parentPort
if (port === null) throw new Error('worker.ts runs as a worker only')
const say = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

// Written by worker-host.ts, and by nobody else.
const settings = workerData as WorkerSettings

try {
  const pglite = settings.pgData === undefined ? await openInMemory() : await openOnDisk(settings.pgData)
  port.on('message', (message: ToWorker) => {
    if (message === 'close') void pglite.close().then(() => port.close())
    else answer(pglite, message)
  })
  say('ready')
} catch (error) {
  const failed = error instanceof Error ? error.message : String(error)
  say({ failed, code: error instanceof DatabaseError ? error.code : undefined })
  port.close()
}

async function openInMemory(): Promise<PGlite> {
  return PGlite.create({ loadDataDir: new Blob([readTemplate()]) })
}

async function openOnDisk(pgData: string): Promise<PGlite> {
  await prepareDataDirectory(pgData)
  // The lock of the data directory says that nobody else is here. A kill between making this file and writing it leaves it empty, and
  // Postgres would then never start again.
  rmSync(join(pgData, 'postmaster.pid'), { force: true })
  const syncs = new Int32Array(settings.syncs)
  const fs = new SyncedNodeFS(pgData, () => void Atomics.add(syncs, 0, 1))
  return PGlite.create({ fs, startParams: durableStartParams() })
}

/** PGlite runs the request before this returns; its own parser, which the raw stream leaves out, is not needed. */
function answer(pglite: PGlite, request: Uint8Array): void {
  const chunks: Uint8Array[] = []
  void pglite.execProtocolRawStream(request, { syncToFs: false, onRawData: (bytes) => chunks.push(bytes.slice()) })
  const bytes = joined(chunks)
  // A database that died inside (a full disk, say) falls silent instead. Ending the thread tells the other side.
  if (bytes.at(-6) !== readyForQuery) throw new Error('PGlite stopped in the middle of a request')
  say(bytes, [bytes.buffer])
}

const readyForQuery = 'Z'.charCodeAt(0)

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
