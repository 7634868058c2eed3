import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

/**
 * The data directory of a new Postgres with nothing of ours in it. Making one with PGlite's initdb takes seconds;
 * unpacking this takes a fraction of one. `scripts/make-template.ts` makes the file, anew for every PGlite version.
 */
const file = new URL('./template/pglite-0.5.16.tar.zst', import.meta.url)

/** The unpacked tar, about 40 MB. */
export function readTemplate(): Buffer<ArrayBuffer> {
  return zstdDecompressSync(readFileSync(file))
}

/** Fills the directory unless Postgres lives there already. All or nothing: a crash on the way leaves no half a database. */
export async function prepareDataDirectory(pgData: string): Promise<void> {
  if (existsSync(pgData)) return
  const staging = `${pgData}.preparing`
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { mode: 0o700 })
  await unpack(readTemplate(), staging)
  renameSync(staging, pgData)
  syncDirectory(dirname(pgData))
}

/** Files are forced to disk together, so that the disk's journal takes many of them at once. */
async function unpack(tar: Buffer, target: string): Promise<void> {
  const files: TarEntry[] = []
  const directories = [target]
  for (const entry of tarEntries(tar)) {
    if (entry.kind === 'file') files.push(entry)
    else {
      const directory = join(target, entry.name)
      await mkdir(directory, { recursive: true, mode: 0o700 })
      directories.push(directory)
    }
  }
  const writer = async () => {
    for (let entry = files.pop(); entry !== undefined; entry = files.pop())
      await writeSynced(join(target, entry.name), entry.bytes)
  }
  await Promise.all(Array.from({ length: 16 }, writer))
  for (const directory of directories) syncDirectory(directory)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(bytes)
  await handle.sync()
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

interface TarEntry {
  readonly kind: 'file' | 'directory'
  readonly name: string
  readonly bytes: Uint8Array
}

const blockBytes = 512

/** Reads the plain ustar that the template is: files and directories with names of at most 100 bytes. */
function* tarEntries(tar: Buffer): Generator<TarEntry> {
  for (let offset = 0; tar[offset] !== undefined && tar[offset] !== 0; ) {
    const name = tar.toString('utf8', offset, offset + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 136), 8)
    const type = String.fromCharCode(tar[offset + 156] ?? 0)
    if (type !== '0' && type !== '5')
      throw new Error(`The template holds an entry of type "${type}", which nobody put there`)
    const start = offset + blockBytes
    yield { kind: type === '5' ? 'directory' : 'file', name, bytes: tar.subarray(start, start + size) }
    offset = start + Math.ceil(size / blockBytes) * blockBytes
  }
}
