import { html } from '../../page/html.ts'
import { keyLine } from '../../page/key-line.ts'
import type { Reader } from '../../page/reader.ts'
import { bytesOf, type StoredObject } from './objects.ts'

const sizeOf = (object: StoredObject) => new Intl.NumberFormat('en').format(bytesOf(object).length)

export const objectCard = (object: StoredObject, reader: Reader) => {
  const { say, time } = reader
  const state = object.deleted
    ? html`<span class="badge bad">${say({ en: 'deleted', ar: 'محذوفة' })}</span>`
    : html`<span class="badge">${say({ en: 'kept', ar: 'محفوظة' })}</span>`
  return html`
<section class="card"><div class="top"><h3><bdi>${object.name.split('/').slice(1, -1).join('/')}</bdi></h3>${state}</div>
<p class="meta">${time(object.at)} · <bdi>${object.mediaType}</bdi> · ${sizeOf(object)} ${say({ en: 'bytes', ar: 'بايت' })}</p>${keyLine(object.metadata['sijil-key'], reader)}
<p class="meta">SHA-256 <bdi>${object.name.split('/').at(-1) ?? ''}</bdi></p></section>`
}
