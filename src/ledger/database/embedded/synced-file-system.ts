/**
 * Makes a commit survive a power cut. PGlite as shipped starts Postgres with fsync off, and its file system for Node has
 * no fsync operation, so that even with fsync on nothing would reach the disk. This file mends both, by reaching into
 * what PGlite does not promise: its start parameters, and the table of stream operations of Emscripten's NODEFS. Hence
 * the version is pinned, every expectation is checked here, and a test counts the syncs of a commit.
 */
import { fdatasyncSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import { z } from 'zod'
import { DatabaseError } from '../database-error.ts'

const fsyncOff = '-F'
const fsyncOn = ['-c', 'fsync=on', '-c', 'wal_sync_method=fsync']

/** PGlite's own start parameters, with fsync on. */
export function durableStartParams(): string[] {
  const shipped = PGlite.defaultStartParams
  expect(shipped.includes(fsyncOff), `its start parameters no longer hold ${fsyncOff}`)
  return [...shipped.filter((parameter) => parameter !== fsyncOff), ...fsyncOn]
}

type EmscriptenOptions = Parameters<NodeFS['init']>[1]

export class SyncedNodeFS extends NodeFS {
  readonly #onSync: () => void

  /** `onSync` is called after each sync that has reached the disk. */
  constructor(directory: string, onSync: () => void) {
    super(directory)
    this.#onSync = onSync
  }

  override async init(pglite: PGlite, options: EmscriptenOptions): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pglite, options)
    const preRun = emscriptenOpts.preRun
    expect(Array.isArray(preRun), 'its start hooks are no longer a list')
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...preRun, (module) => this.#giveSync(module)] } }
  }

  #giveSync(module: unknown): void {
    const parsed = EmscriptenModule.safeParse(module)
    expect(parsed.success, 'its module no longer shows NODEFS, its stream operations and ErrnoError')
    const { NODEFS, FS } = parsed.data
    const operations = NODEFS.stream_ops
    expect(typeof operations['write'] === 'function', 'its file system no longer writes through its stream operations')
    expect(operations['fsync'] === undefined, 'its file system now has a sync of its own')
    operations['fsync'] = (stream: OpenStream): number => {
      try {
        fdatasyncSync(stream.nfd)
      } catch (error) {
        // Postgres must see the failure: it then stops rather than acknowledge a commit that is not on disk.
        throw Object.assign(new FS.ErrnoError(ioErrorNumber), { cause: error })
      }
      this.#onSync()
      return 0
    }
  }
}

/** EIO, as Emscripten numbers errors. */
const ioErrorNumber = 29

/** Emscripten's stream, of which NODEFS keeps the native descriptor here; fdatasync refuses it if that is no number. */
interface OpenStream {
  readonly nfd: number
}

const EmscriptenModule = z.object({
  NODEFS: z.object({
    stream_ops: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null),
  }),
  FS: z.object({ ErrnoError: z.custom<new (errno: number) => Error>((value) => typeof value === 'function') }),
})

function expect(condition: boolean, what: string): asserts condition {
  if (condition) return
  throw new DatabaseError(
    'EMBEDDED_DATABASE_CHANGED',
    `PGlite is not the version that this was written for: ${what}. The database was not opened, because commits would not survive a power cut. Install the pinned version, or revise synced-file-system.ts.`,
  )
}
