import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import type { Asked } from './sources.ts'

export const askedCard = ({ at, what, told }: Asked, { time, say }: Reader) => html`
<section class="card"><div class="top"><h3><bdi>${what}</bdi></h3>${
  told === undefined
    ? html`<span class="badge bad">${say({ en: 'nothing found', ar: 'لا نتيجة' })}</span>`
    : html`<span class="badge">${say({ en: 'found', ar: 'وُجد' })}</span>`
}</div>
<p class="meta">${time(at)}</p>${told === undefined ? undefined : html`<p dir="auto">${told}</p>`}</section>`
