/**
 * Makes the prepared data directory that a new embedded database starts from (see template.ts). Run it once per PGlite
 * version and commit the file: node scripts/make-template.ts
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { PGlite } from '@electric-sql/pglite'
import { z } from 'zod'

const Package = z.object({ version: z.string() })
const packageFile = new URL('../node_modules/@electric-sql/pglite/package.json', import.meta.url)
const { version } = Package.parse(JSON.parse(readFileSync(packageFile, 'utf8')))
const target = new URL(`../src/ledger/database/embedded/template/pglite-${version}.tar.zst`, import.meta.url)

const work = mkdtempSync(join(tmpdir(), 'sijil-template-'))
try {
  const pgData = join(work, 'pgdata')
  const pglite = await PGlite.create(pgData)
  // A directory that was closed in order starts without recovery.
  await pglite.close()
  const tarFile = join(work, 'template.tar')
  const reproducible = ['--format=ustar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  execFileSync('tar', [...reproducible, '-C', pgData, '-cf', tarFile, '.'])
  const parameters = {
    [constants.ZSTD_c_compressionLevel]: 19,
    [constants.ZSTD_c_windowLog]: 26,
    [constants.ZSTD_c_enableLongDistanceMatching]: 1,
  }
  const packed = zstdCompressSync(readFileSync(tarFile), { params: parameters })
  writeFileSync(target, packed)
  console.error(`Wrote ${target.pathname}: ${packed.length} bytes`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
