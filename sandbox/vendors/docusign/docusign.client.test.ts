/** DocuSign's own client does what the connector does: its requests and its reading of the answers are the vendor's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import client from 'docusign-esign'
import { z } from 'zod'
import { startWorld, type World } from '../../test-world.ts'
import { envelope } from './subjects.ts'
import { docusign } from './vendor.ts'

test('the official client finds, reminds, reads and voids what the connector sent, and sends the same itself', async () => {
  const world = await startWorld({ settingsFor: ['docusign'] })
  const { sandbox } = world
  try {
    const sent = await world.open({ mode: 'make', key: 'run/send#1' }).esign.sendEnvelope(envelope)
    const { envelopes, account } = await signedIn(world)
    const definition = definitionSent(world)
    const found = await envelopes.listStatusChanges(account, { transactionIds: definition.transactionId })
    assert.deepEqual(
      found.envelopes.map(({ envelopeId, status }) => ({ envelopeId, status })),
      [{ ...sent, status: 'sent' }],
    )
    const byField = { fromDate: '2020-01-01T00:00:00Z', customField: 'sijil_key=run/send#1' }
    assert.equal((await envelopes.listStatusChanges(account, byField)).envelopes[0]?.envelopeId, sent.envelopeId)

    const reminded = await envelopes.update(account, sent.envelopeId, { envelope: {}, resendEnvelope: 'true' })
    assert.equal(reminded.envelopeId, sent.envelopeId)
    for (const recipientId of ['1', '2']) sandbox.of(docusign).sign(sent.envelopeId, recipientId)
    assert.equal((await envelopes.getEnvelope(account, sent.envelopeId)).status, 'completed')
    const read = async (document: string) =>
      Buffer.from(await envelopes.getDocument(account, sent.envelopeId, document, { certificate: 'false' }), 'latin1')
    const ours = await world.open({ mode: 'make', key: 'run/read#1' }).esign.readSignedDocument(sent)
    assert.equal((await read('combined')).toString('base64'), ours.contentBase64)
    assert.match((await read('certificate')).toString(), /^%PDF-/)

    const { envelopeId } = await envelopes.createEnvelope(account, { envelopeDefinition: definition })
    await envelopes.update(account, envelopeId, { envelope: { status: 'voided', voidedReason: 'Changed terms' } })
    const withdrawn = { ...sent, envelopeId }
    assert.equal((await world.open({ mode: 'make', key: 'run/read#1' }).esign.readStatus(withdrawn)).status, 'voided')
  } finally {
    await world.close()
  }
})

/** The client signs in over https only, so it is given the token that the connector's assertion is worth. */
async function signedIn({ sandbox }: World) {
  const form = sandbox.requests().find(({ operation }) => operation === 'signIn')?.body ?? ''
  const response = await fetch(`${sandbox.url}/docusign/oauth/token`, { method: 'POST', body: form })
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await response.json())
  const api = new client.ApiClient({ basePath: `${sandbox.url}/docusign/restapi` })
  api.addDefaultHeader('Authorization', `Bearer ${token}`)
  return { envelopes: new client.EnvelopesApi(api), account: sandbox.settings['SIJIL_DOCUSIGN_ACCOUNT_ID'] ?? '' }
}

const definitionSent = ({ sandbox }: World) =>
  z
    .looseObject({ transactionId: z.string() })
    .parse(JSON.parse(sandbox.requests().find(({ operation }) => operation === 'sendEnvelope')?.body ?? ''))
