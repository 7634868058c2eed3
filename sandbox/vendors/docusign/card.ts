import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import { isOpen, nextSigner, type StoredEnvelope } from './envelope.ts'

export const envelopeCard = (envelope: StoredEnvelope, reader: Reader) => {
  const { words, time, term } = reader
  const turn = isOpen(envelope) ? nextSigner(envelope)?.recipientId : undefined
  const path = `/inspect/envelopes/${envelope.envelopeId}`
  const bad = envelope.status === 'declined' || envelope.status === 'voided'
  return html`
<section class="card">
<div class="top"><h3 dir="auto">${envelope.emailSubject}</h3><span class="badge${bad ? ' bad' : ''}">${term(envelope.status)}</span></div>
<p class="meta">${time(Date.parse(envelope.statusChangedDateTime))} · <bdi>${envelope.envelopeId}</bdi></p>
<p class="meta">${words.document}: <a href="${path}/document" target="_blank"><bdi>${envelope.documents.map(({ name }) => name).join(', ')}</bdi></a></p>
${envelope.voidedReason === undefined ? undefined : html`<p class="meta"><bdi>${envelope.voidedReason}</bdi></p>`}
<h2>${words.signers}</h2>
${envelope.signers.map(
  ({ recipientId, name, email, status }) => html`
<div class="row"><div><strong dir="auto">${name}</strong> <span class="badge${status === 'declined' ? ' bad' : ''}">${term(status)}</span>
<p class="meta"><bdi>${email}</bdi></p></div>
${
  turn === recipientId
    ? html`<div class="actions"><form method="post" action="${path}/sign/${recipientId}"><button class="main">${words.sign} <bdi>${name}</bdi></button></form>
<form method="post" action="${path}/decline/${recipientId}"><button class="bad">${words.decline}</button></form></div>`
    : undefined
}</div>`,
)}</section>`
}
