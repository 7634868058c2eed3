import { html } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import type { Answered } from './completions.ts'

export const answerCard = ({ at, model, name, asked, answer }: Answered, { time, say }: Reader) => html`
<section class="card"><div class="top"><h3><bdi>${name}</bdi></h3><span class="badge">${say({ en: 'answered', ar: 'أُجيب' })}</span></div>
<p class="meta">${time(at)} · <bdi>${model}</bdi></p>
<details><summary class="meta">${say({ en: 'What was asked', ar: 'ما سُئل عنه' })}</summary><div class="text" dir="auto">${asked}</div></details>
<div class="text" dir="auto">${answer}</div></section>`
