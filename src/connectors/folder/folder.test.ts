import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { EffectNotMade, SafeToRepeat } from '../../flow/failure.ts'
import { noLedger } from '../../../test/support/no-database.ts'
import { configure } from '../configured-connector.ts'
import { sha256Of } from '../document-name.ts'
import { folder } from './connector.ts'
import { ContentFolder } from './content-folder.ts'

const terms = { folder: 'run-41', mediaType: 'text/plain', contentBase64: Buffer.from('شروط').toString('base64') }
const sha256 = sha256Of(Buffer.from('شروط'))
const reference = `run-41/${sha256}`

suite('the folder of documents', () => {
  test('keeps a document under its digest, whole, for its owner only', async (t) => {
    const { directory, ask } = await opened(t)
    const begun: string[] = []
    const kept = await ask('put', terms, { begin: () => begun.push('begun') })
    assert.deepEqual(kept, { reference, sha256, bytes: 8 })
    assert.deepEqual(begun, ['begun'])
    assert.deepEqual(await ask('get', { reference, sha256 }), { contentBase64: terms.contentBase64 })
    assert.deepEqual(await readdir(join(directory, 'demo', 'run-41')), [sha256])
    assert.equal((await stat(join(directory, 'demo', 'run-41', sha256))).mode & 0o777, 0o600)
    assert.equal((await stat(directory)).mode & 0o777, 0o700)
  })

  test('the same bytes are one file, and a file is never written again', async (t) => {
    const { directory, ask } = await opened(t)
    await ask('put', terms)
    const before = await stat(join(directory, 'demo', reference))
    assert.deepEqual(await ask('put', terms), { reference, sha256, bytes: 8 })
    assert.equal((await stat(join(directory, 'demo', reference))).ino, before.ino)
    const puts = await Promise.all(Array.from({ length: 8 }, () => ask('put', { ...terms, folder: 'run-42' })))
    assert.equal(new Set(puts.map((put) => JSON.stringify(put))).size, 1)
    assert.deepEqual(await readdir(join(directory, 'demo', 'run-42')), [sha256])
  })

  test('a probe tells whether it is there', async (t) => {
    const { ask } = await opened(t)
    await assert.rejects(ask('put', terms, { mode: 'probe' }), SafeToRepeat)
    const kept = await ask('put', terms)
    assert.deepEqual(await ask('put', terms, { mode: 'probe' }), kept)
    await assert.rejects(ask('delete', { reference, sha256 }, { mode: 'probe' }), SafeToRepeat)
    assert.deepEqual(await ask('delete', { reference, sha256 }), { reference })
    assert.deepEqual(await ask('delete', { reference, sha256 }), { reference })
    assert.deepEqual(await ask('delete', { reference, sha256 }, { mode: 'probe' }), { reference })
    assert.deepEqual(await ask('exists', { reference, sha256 }), { exists: false })
    await assert.rejects(ask('get', { reference, sha256 }), { code: 'NO_SUCH_DOCUMENT' })
  })

  test('a changed byte is found, and the file is left as it is', async (t) => {
    const { directory, ask } = await opened(t)
    await ask('put', terms)
    const path = join(directory, 'demo', reference)
    await writeFile(path, 'شروx')
    for (const operation of ['get', 'exists'])
      await assert.rejects(ask(operation, { reference, sha256 }), { code: 'DOCUMENT_CHANGED' })
    await assert.rejects(ask('put', terms), { code: 'DOCUMENT_CHANGED' })
    assert.equal(await readFile(path, 'utf8'), 'شروx')
  })

  test('a reference opens nothing for another tenant, and leads nowhere else', async (t) => {
    const { ask } = await opened(t)
    await ask('put', terms)
    assert.deepEqual(await ask('exists', { reference, sha256 }, { tenant: 'other' }), { exists: false })
    assert.deepEqual(await ask('exists', { reference, sha256 }, { tenant: '../demo' }), { exists: false })
    await assert.rejects(ask('get', { reference: `../${reference}`, sha256 }), { code: 'BAD_REFERENCE' })
    await assert.rejects(ask('put', { ...terms, folder: '..' }), { code: 'BAD_FOLDER' })
  })

  test('what cannot be written was not made, says so without a path, and the health is down', async (t) => {
    const { directory, ask, connector } = await opened(t)
    assert.deepEqual(await connector.health(AbortSignal.timeout(5_000)), { state: 'up' })
    // A file where the directory of the tenant would be: no rights or a full disk fail in the same place.
    await writeFile(join(directory, 'demo'), '')
    await assert.rejects(ask('put', terms), (error) => {
      assert.ok(error instanceof EffectNotMade)
      assert.equal(error.code, 'FOLDER_UNUSABLE')
      assert.ok(!error.message.includes(directory))
      return true
    })
    const broken = configure(folder, { directory: join(directory, 'demo', 'x') })
    const health = await broken.health(AbortSignal.timeout(5_000))
    assert.equal(health.state === 'down' && health.code, 'FOLDER_UNUSABLE')
  })

  test('a part that a dead process left is no document, and goes away', async (t) => {
    const { directory, ask } = await opened(t)
    await new ContentFolder(directory).prepare(`demo/${reference}`, Buffer.from('شروط'))
    assert.deepEqual(await ask('exists', { reference, sha256 }), { exists: false })
    const [part = ''] = await readdir(join(directory, 'demo', 'run-41'))
    assert.match(part, /\.part$/)
    const longAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(directory, 'demo', 'run-41', part), longAgo, longAgo)
    await ask('put', terms)
    assert.deepEqual(await readdir(join(directory, 'demo', 'run-41')), [sha256])
  })
})

async function opened(t: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'sijil-documents-'))
  t.after(() => rm(home, { recursive: true }))
  const directory = join(home, 'documents')
  await mkdir(directory)
  await chmod(directory, 0o700)
  const connector = configure(folder, { directory })
  const ask = async (
    operation: string,
    request: unknown,
    { mode = 'make', tenant = 'demo', begin = () => {} }: Partial<Attempt> = {},
  ) =>
    connector.operations[operation]?.run(
      request,
      {
        mode,
        tenant,
        key: 'run-41/file#1',
        now: Date.now(),
        deadline: Date.now() + 60_000,
        abort: new AbortController().signal,
        begin,
        sightings: async () => [],
      },
      noLedger(),
    )
  return { directory, connector, ask }
}

interface Attempt {
  readonly mode: 'make' | 'probe'
  readonly tenant: string
  readonly begin: () => void
}
