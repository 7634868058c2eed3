import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { EffectRefused, SafeToRepeat } from '../../../src/flow/failure.ts'
import { connectorSuite } from '../../connector-suite.ts'
import { startWorld, type World } from '../../test-world.ts'
import { put, pdf, remove } from './subjects.ts'
import { s3 } from './vendor.ts'

connectorSuite(put)
connectorSuite(remove)

const withWorld = async (use: (world: World) => Promise<void>): Promise<void> => {
  const world = await startWorld({ settingsFor: ['s3'] })
  try {
    await use(world)
  } finally {
    await world.close()
  }
}
const documentsOf = (world: World, key: string, tenant = 'demo') => world.open({ mode: 'make', key, tenant }).documents
const probing = (world: World, key: string) => world.open({ mode: 'probe', key }).documents

test('a document is what was put, under the digest of its bytes, and its checksum went with it', () =>
  withWorld(async (world) => {
    const agreement = pdf('اتفاقية الشراكة')
    const bytes = Buffer.from(agreement.contentBase64, 'base64')
    const kept = await documentsOf(world, 'run-41/file#1').put(agreement)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    assert.deepEqual(kept, { reference: `run-41/${sha256}`, sha256, bytes: bytes.length })
    const { documents } = world.open({ mode: 'make', key: 'run-41/read#1' })
    assert.deepEqual(await documents.get(kept), { contentBase64: agreement.contentBase64 })
    assert.deepEqual(await documents.exists(kept), { exists: true })
    const [object] = world.sandbox.of(s3).objects()
    assert.equal(object?.name, `sijil/demo/run-41/${sha256}`)
    assert.equal(object?.checksum, Buffer.from(sha256, 'hex').toString('base64'))
    assert.equal(object?.mediaType, 'application/pdf')
  }))

test('the same bytes in one folder are one object, whoever puts them; in another folder they are another', () =>
  withWorld(async (world) => {
    const first = await documentsOf(world, 'run-41/file#1').put(pdf('terms'))
    assert.deepEqual(await documentsOf(world, 'run-41/other#1').put(pdf('terms')), first)
    assert.equal(world.sandbox.acts().length, 1)
    const elsewhere = await documentsOf(world, 'run-42/file#1').put({ ...pdf('terms'), folder: 'run-42' })
    await documentsOf(world, 'run-42/file#1/undo').delete(elsewhere)
    assert.deepEqual(await documentsOf(world, 'a').exists(elsewhere), { exists: false })
    assert.deepEqual(await documentsOf(world, 'a').exists(first), { exists: true })
  }))

test('what is deleted is gone, deleting again is no error, and it may be put again', () =>
  withWorld(async (world) => {
    const kept = await documentsOf(world, 'run/file#1').put(pdf('terms'))
    await assert.rejects(probing(world, 'run/undo#1').delete(kept), SafeToRepeat)
    const gone = { reference: kept.reference }
    assert.deepEqual(await documentsOf(world, 'run/undo#1').delete(kept), gone)
    assert.deepEqual(await documentsOf(world, 'run/undo#1').delete(kept), gone)
    assert.deepEqual(await probing(world, 'run/undo#1').delete(kept), gone)
    assert.equal(world.sandbox.acts().filter(({ action }) => action === 'object deleted').length, 1)
    await assert.rejects(documentsOf(world, 'a').get(kept), { code: 'NO_SUCH_DOCUMENT' })
    await assert.rejects(probing(world, 'run/file#1').put(pdf('terms')), SafeToRepeat)
    assert.deepEqual(await documentsOf(world, 'run/file#2').put(pdf('terms')), kept)
  }))

test('a reference opens nothing for another tenant', () =>
  withWorld(async (world) => {
    const kept = await documentsOf(world, 'run/file#1', 'najd').put(pdf('terms'))
    assert.deepEqual(await documentsOf(world, 'run/read#1', 'hijaz').exists(kept), { exists: false })
    await assert.rejects(documentsOf(world, 'run/read#1', 'hijaz').get(kept), { code: 'NO_SUCH_DOCUMENT' })
    assert.deepEqual(await documentsOf(world, 'run/read#1', 'najd').exists(kept), { exists: true })
  }))

test('bytes that changed in the store are never taken for the document, nor written over', () =>
  withWorld(async (world) => {
    const kept = await documentsOf(world, 'run/file#1').put(pdf('terms'))
    await putBehindOurBack(world, `sijil/demo/${kept.reference}`, 'other terms')
    const changed = { name: 'EffectRefused', code: 'DOCUMENT_CHANGED' }
    await assert.rejects(documentsOf(world, 'a').get(kept), changed)
    await assert.rejects(documentsOf(world, 'a').exists(kept), changed)
    await assert.rejects(documentsOf(world, 'run/file#2').put(pdf('terms')), changed)
    await assert.rejects(probing(world, 'run/file#1').put(pdf('terms')), changed)
  }))

test('what is no document, no folder and no reference is refused before anything is sent', () =>
  withWorld(async (world) => {
    const documents = () => documentsOf(world, 'run/file#1')
    const sha256 = '0'.repeat(64)
    await assert.rejects(documents().put({ ...pdf('a'), contentBase64: 'not base64!' }), { code: 'NOT_BASE64' })
    await assert.rejects(documents().put({ ...pdf('a'), folder: '../najd' }), { code: 'BAD_FOLDER' })
    await assert.rejects(documents().put({ ...pdf('a'), contentBase64: Buffer.alloc(20_000_001).toString('base64') }), {
      code: 'DOCUMENT_TOO_LARGE',
    })
    await assert.rejects(documents().get({ reference: `../najd/run/${sha256}`, sha256 }), EffectRefused)
    await assert.rejects(documents().get({ reference: `run/${sha256}`, sha256: '1'.repeat(64) }), {
      code: 'BAD_REFERENCE',
    })
    assert.equal(world.sandbox.requests().length, 0)
  }))

test('a store that writes over what is there is unfit, and its health says so', () =>
  withWorld(async (world) => {
    const health = () => world.connector('s3').health(AbortSignal.timeout(10_000))
    assert.deepEqual(await health(), { state: 'up' })
    assert.deepEqual(await health(), { state: 'up' })
    world.sandbox.of(s3).honourConditions(false)
    const found = await health()
    assert.equal(found.state === 'down' && found.code, 'CONDITIONS_IGNORED')
  }))

test('a store that keeps for good refuses to delete, and the document stays', () =>
  withWorld(async (world) => {
    const kept = await documentsOf(world, 'run/file#1').put(pdf('terms'))
    world.sandbox.of(s3).keepForGood()
    await assert.rejects(documentsOf(world, 'run/undo#1').delete(kept), { code: 'DELETING_NOT_ALLOWED' })
    assert.deepEqual(await documentsOf(world, 'a').exists(kept), { exists: true })
  }))

/** As a person with another client might do, without any condition. */
async function putBehindOurBack(world: World, name: string, content: string): Promise<void> {
  const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3')
  const { bucket, access } = world.sandbox.of(s3)
  const client = new S3Client({
    endpoint: `${world.sandbox.url}/s3`,
    region: 'me-central-1',
    forcePathStyle: true,
    credentials: { accessKeyId: access.id, secretAccessKey: access.secret },
  })
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: content }))
}
