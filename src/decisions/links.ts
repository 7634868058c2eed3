import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from '../engine/commands/refusal.ts'
import { canonical } from '../flow/canonical.ts'
import type { Instant } from '../flow/time.ts'

/** What a link to a person of the organisation says: who may decide what, having seen what, until when. */
export interface DecisionLink {
  readonly kind: 'decision'
  readonly tenant: string
  readonly person: string
  readonly task: string
  /** Of the packet that the link was sent about. */
  readonly digest: string
  readonly expiresAt: Instant
}

/** What a link to an outside person says: what they may answer to which run, until when. */
export interface AnswerLink {
  readonly kind: 'answer'
  readonly tenant: string
  readonly run: string
  readonly signal: string
  /** Merged over what is filled in, so that it cannot be changed. */
  readonly fixed: Readonly<Record<string, string | number>>
  readonly language: 'ar' | 'en'
  readonly expiresAt: Instant
  /** Of the effect that sends the link: all links that it sends are used up together. */
  readonly id: string
}

/** What a link in a promotion says: who wants no more of them when it is used. It never expires, and names a person to nobody. */
export interface StopLink {
  readonly kind: 'stop'
  readonly tenant: string
  readonly channel: 'email' | 'whatsapp' | 'sms'
  /** A keyed digest of the address. */
  readonly contact: string
  readonly language: 'ar' | 'en'
}

/** What a link to whoever looks after outgoing webhooks says: who it is, and until when. It may be used again and again. */
export interface LogLink {
  readonly kind: 'log'
  readonly tenant: string
  readonly person: string
  readonly expiresAt: Instant
}

export type Link = DecisionLink | AnswerLink | StopLink | LogLink

/** Makes signed links and reads them. A link is shown on GET and acts on POST only. */
export interface Links {
  /** Absolute: `<base>/d/<token>` for a decision, `/a/` for an answer, `/s/` to be written to no more, `/w/` to outgoing webhooks. */
  url(link: Link): string
  /** Throws `Refusal` LINK_BAD, LINK_EXPIRED. */
  read<Kind extends Link['kind']>(kind: Kind, token: string, now: Instant): Extract<Link, { readonly kind: Kind }>
}

export interface LinkSettings {
  readonly masterKey: KeyObject
  /** Where people reach us: `https://sijil.example`. */
  readonly baseUrl: string
}

const PURPOSE = 'sijil link signing v1'
const KEY_BYTES = 32
const MAC_BYTES = 32
const TOKEN_CHARACTERS_MAX = 4_096
const paths = { decision: 'd', answer: 'a', stop: 's', log: 'w' } as const

/** The signing key is derived from the master key, so that links stay good when the process starts again. */
export function openLinks({ masterKey, baseUrl }: LinkSettings): Links {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', PURPOSE, KEY_BYTES)))
  const macOf = (text: Buffer): Buffer => createHmac('sha256', key).update(text).digest()
  const base = baseUrl.replace(/\/+$/, '')

  const verified = (token: string): Link => {
    const bytes = bytesOf(token)
    if (bytes.length <= MAC_BYTES) throw new Refusal('LINK_BAD')
    const text = bytes.subarray(MAC_BYTES)
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(text))) throw new Refusal('LINK_BAD')
    return Link.parse(JSON.parse(text.toString()))
  }

  return {
    url(link) {
      const text = Buffer.from(canonical(link))
      return `${base}/${paths[link.kind]}/${Buffer.concat([macOf(text), text]).toString('base64url')}`
    },
    read(kind, token, now) {
      const link = verified(token)
      const expiresAt = link.kind === 'stop' ? Number.POSITIVE_INFINITY : link.expiresAt
      if (!isOfKind(link, kind)) throw new Refusal('LINK_BAD')
      if (expiresAt <= now) throw new Refusal('LINK_EXPIRED')
      return link
    },
  }
}

/** Only the one spelling that we wrote: base64url leaves bits over that could be set at will. */
function bytesOf(token: string): Buffer {
  if (token.length > TOKEN_CHARACTERS_MAX) throw new Refusal('LINK_BAD')
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.toString('base64url') !== token) throw new Refusal('LINK_BAD')
  return bytes
}

function isOfKind<Kind extends Link['kind']>(link: Link, kind: Kind): link is Extract<Link, { readonly kind: Kind }> {
  return link.kind === kind
}

const Link = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('decision'),
    tenant: z.string(),
    person: z.string(),
    task: z.string(),
    digest: z.string(),
    expiresAt: z.int(),
  }),
  z.strictObject({
    kind: z.literal('answer'),
    tenant: z.string(),
    run: z.string(),
    signal: z.string(),
    fixed: z.record(z.string(), z.union([z.string(), z.number()])),
    language: z.enum(['ar', 'en']),
    expiresAt: z.int(),
    id: z.string(),
  }),
  z.strictObject({
    kind: z.literal('stop'),
    tenant: z.string(),
    channel: z.enum(['email', 'whatsapp', 'sms']),
    contact: z.string(),
    language: z.enum(['ar', 'en']),
  }),
  z.strictObject({
    kind: z.literal('log'),
    tenant: z.string(),
    person: z.string(),
    expiresAt: z.int(),
  }),
])
