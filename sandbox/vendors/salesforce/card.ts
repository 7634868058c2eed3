import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import type { AccountRecord } from './records.ts'

export const accountCard = ({ id, fields, createdAt, updatedAt }: AccountRecord, { words, time }: Reader) => html`
<section class="card"><div class="top"><h3><bdi>${String(fields['Name'] ?? id)}</bdi></h3><span class="meta fixed">${id}</span></div>
<p class="meta">${words.created} ${time(Date.parse(createdAt))} · ${words.updated} ${time(Date.parse(updatedAt))}</p>
<dl>${Object.entries(fields).map(
  ([name, value]) => html`<dt><bdi>${name}</bdi></dt><dd><bdi>${String(value)}</bdi></dd>`,
)}</dl></section>`
