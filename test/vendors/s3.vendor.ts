/** The S3 connector against a server that others wrote: moto. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Accounts } from '../../src/connectors/accounts.ts'
import { openSystems } from '../../src/connectors/open-systems.ts'
import { readAccounts } from '../../src/connectors/settings.ts'
import { SafeToRepeat } from '../../src/flow/failure.ts'
import { withoutLedger } from '../../sandbox/test-world.ts'
import { startMoto } from './moto/moto-server.ts'

const BUCKET = 'sijil-documents'
const agreement = {
  folder: 'run-41',
  mediaType: 'application/pdf',
  contentBase64: Buffer.from('%PDF-1.7 اتفاقية').toString('base64'),
}
const bytes = Buffer.from(agreement.contentBase64, 'base64')
const sha256 = createHash('sha256').update(bytes).digest('hex')
const document = { reference: `run-41/${sha256}`, sha256 }

suite('S3 against moto', () => {
  let moto: Awaited<ReturnType<typeof startMoto>> | undefined
  let client: S3Client
  let configured: Accounts
  before(async () => {
    moto = await startMoto()
    client = new S3Client({
      endpoint: moto.url,
      region: 'me-central-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    })
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    configured = configuredWith({})
  })
  after(() => moto?.close())

  const configuredWith = (settings: Readonly<Record<string, string>>) =>
    readAccounts({
      SIJIL_S3_URL: moto?.url,
      SIJIL_S3_REGION: 'me-central-1',
      SIJIL_S3_BUCKET: BUCKET,
      SIJIL_S3_ACCESS_KEY_ID: 'key',
      SIJIL_S3_SECRET_ACCESS_KEY: 'secret',
      ...settings,
    })
  const documents = (mode: 'make' | 'probe' = 'make', connectors = configured) =>
    openSystems(
      connectors,
      withoutLedger(),
    )({
      mode,
      tenant: 'demo',
      key: 'run-41/file#1',
      now: Date.now(),
      deadline: Date.now() + 30_000,
      abort: new AbortController().signal,
      begin: () => {},
      sightings: async () => [],
    }).documents
  const healthOf = (accounts: Accounts) => accounts.playing('demo', 'documents')?.health(AbortSignal.timeout(10_000))
  const stored = (prefix: string) =>
    client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: `${prefix}demo/${document.reference}`, ChecksumMode: 'ENABLED' }),
    )

  test('it honours conditions, and the health says so', async () => {
    for (let time = 0; time < 2; time += 1) assert.deepEqual(await healthOf(configured), { state: 'up' })
  })

  test('puts once, with its checksum, type and key, and reads the same bytes', async () => {
    await assert.rejects(documents('probe').put(agreement), SafeToRepeat)
    assert.deepEqual(await documents().put(agreement), { ...document, bytes: bytes.length })
    const first = await stored('sijil/')
    assert.equal(first.ChecksumSHA256, Buffer.from(sha256, 'hex').toString('base64'))
    assert.equal(first.ContentType, 'application/pdf')
    assert.deepEqual(first.Metadata, { 'sijil-key': 'run-41/file#1', 'sijil-sha256': sha256 })
    assert.deepEqual(await documents().put(agreement), { ...document, bytes: bytes.length })
    assert.deepEqual((await stored('sijil/')).LastModified, first.LastModified)
    assert.deepEqual(await documents('probe').put(agreement), { ...document, bytes: bytes.length })
    assert.deepEqual(await documents().get(document), { contentBase64: agreement.contentBase64 })
  })

  test('large documents go and come whole', async () => {
    const contentBase64 = Buffer.alloc(6_000_000, 'سجل').toString('base64')
    const kept = await documents().put({ ...agreement, contentBase64 })
    assert.deepEqual(await documents().get(kept), { contentBase64 })
  })

  test('what others wrote under the digest is not taken for the document', async () => {
    const other = configuredWith({ SIJIL_S3_PREFIX: 'other/' })
    const Key = `other/demo/${document.reference}`
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'something else' }))
    await assert.rejects(documents('make', other).put(agreement), { code: 'DOCUMENT_CHANGED' })
    await assert.rejects(documents('make', other).get(document), { code: 'DOCUMENT_CHANGED' })
  })

  test('deletes, twice without error, and puts again', async () => {
    await assert.rejects(documents('probe').delete(document), SafeToRepeat)
    for (let time = 0; time < 2; time += 1)
      assert.deepEqual(await documents().delete(document), { reference: document.reference })
    assert.deepEqual(await documents('probe').delete(document), { reference: document.reference })
    assert.deepEqual(await documents().exists(document), { exists: false })
    await assert.rejects(documents().get(document), { code: 'NO_SUCH_DOCUMENT' })
    assert.deepEqual(await documents().put(agreement), { ...document, bytes: bytes.length })
  })

  test('a bucket that is not there is a matter of the settings, not of the document', async () => {
    const elsewhere = configuredWith({ SIJIL_S3_BUCKET: 'no-such-bucket' })
    await assert.rejects(documents('make', elsewhere).put(agreement), { code: 'CREDENTIALS_REFUSED' })
    assert.equal((await healthOf(elsewhere))?.state, 'down')
  })
})
