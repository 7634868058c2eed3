import { html, type Markup } from './html.ts'
import type { Reader } from './reader.ts'

/** The idempotency key with which something was asked for. */
export const keyLine = (key: string | undefined, { words }: Reader): Markup | undefined =>
  key === undefined ? undefined : html`<p class="meta">${words.key}: <bdi>${key}</bdi></p>`
