import { html, linked } from '../../page/html.ts'
import type { Reader } from '../../page/reader.ts'
import type { StoredTask } from './tasks.ts'

const due = { en: 'Due', ar: 'الموعد' }
const approve = { en: 'Approve', ar: 'موافقة' }
const reject = { en: 'Reject', ar: 'رفض' }
const comments = { en: 'Comments', ar: 'ملاحظات' }

export const taskCard = (task: StoredTask, { time, term, say }: Reader) => html`
<section class="card">
<div class="top"><h3 dir="auto">${task.title}</h3><span class="badge${task.status === 'withdrawn' ? ' bad' : ''}">${term(task.status)}</span></div>
<p class="meta">${time(task.at)} · <bdi>${task.desk}</bdi>${task.due === undefined ? undefined : html` · ${say(due)} ${time(Date.parse(task.due))}`}</p>
<div class="text" dir="${task.language === 'ar' ? 'rtl' : 'ltr'}">${linked(task.text)}</div>
${task.answerUrl === undefined ? undefined : html`<p class="meta">${linked(task.answerUrl)}</p>`}
${task.outcome === undefined ? undefined : html`<p class="meta"><strong>${term(task.outcome)}</strong></p>`}
${task.reason === undefined ? undefined : html`<p class="meta"><bdi>${task.reason}</bdi></p>`}
${
  task.status === 'open'
    ? html`<div class="actions"><form method="post" action="/inspect/desk-tasks/${encodeURIComponent(task.id)}/answer">
<input name="comments" aria-label="${say(comments)}" placeholder="${say(comments)}">
<button class="main" name="outcome" value="approved">${say(approve)}</button>
<button class="bad" name="outcome" value="rejected">${say(reject)}</button></form></div>`
    : undefined
}</section>`
