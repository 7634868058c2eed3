import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import { nextSigner, type StoredAgreement } from './agreement.ts'

export const agreementCard = (agreement: StoredAgreement, { words, time, term }: Reader) => {
  const turn = nextSigner(agreement)?.id
  const path = `/inspect/agreements/${agreement.id}`
  const bad = agreement.status === 'CANCELLED'
  return html`
<section class="card">
<div class="top"><h3 dir="auto">${agreement.name}</h3><span class="badge${bad ? ' bad' : ''}">${term(agreement.status)}</span></div>
<p class="meta">${time(Date.parse(agreement.createdDate))} · <bdi>${agreement.id}</bdi></p>
<p class="meta"><a href="${path}/document" target="_blank">${words.document}</a></p>
${agreement.comment === undefined ? undefined : html`<p class="meta"><bdi>${agreement.comment}</bdi></p>`}
<h2>${words.signers}</h2>
${agreement.participants.map(
  ({ id, name, email, hasSigned }) => html`
<div class="row"><div><strong dir="auto">${name}</strong> ${hasSigned ? html`<span class="badge">${term('completed')}</span>` : undefined}
<p class="meta"><bdi>${email}</bdi></p></div>
${
  turn === id
    ? html`<div class="actions"><form method="post" action="${path}/sign/${id}"><button class="main">${words.sign} <bdi>${name}</bdi></button></form>
<form method="post" action="${path}/decline/${id}"><button class="bad">${words.decline}</button></form></div>`
    : undefined
}</div>`,
)}</section>`
}
