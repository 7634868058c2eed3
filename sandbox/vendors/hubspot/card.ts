import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import { type Company, propertiesOf } from './companies.ts'

export const companyCard = (company: Company, { words, time }: Reader) => html`
<section class="card"><div class="top"><h3><bdi>${propertiesOf(company)['name'] ?? company.id}</bdi></h3><span class="meta fixed">${company.id}</span></div>
<p class="meta">${words.created} ${time(Date.parse(company.createdAt))} · ${words.updated} ${time(Date.parse(company.updatedAt))}</p>
<dl>${Object.entries(propertiesOf(company)).map(
  ([name, value]) => html`<dt><bdi>${name}</bdi></dt><dd><bdi>${value}</bdi></dd>`,
)}</dl></section>`
