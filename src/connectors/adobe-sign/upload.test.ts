import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uploadOf } from './upload.ts'

test('a form that somebody else reads has the bytes and the name that were given', async () => {
  const bytes = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10])
  const { body, headers } = uploadOf({ name: 'اتفاقية.pdf', contentBase64: bytes.toString('base64') })
  // oxlint-disable-next-line typescript/no-deprecated -- a second opinion in a test, not a server
  const form = await new Response(new Uint8Array(body), { headers }).formData()
  const file = form.get('File')
  assert.ok(file instanceof Blob)
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes)
  assert.equal(form.get('File-Name'), 'اتفاقية.pdf')
})
