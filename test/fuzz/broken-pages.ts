/** Pages, webhooks and addresses that are in no document or need no key: broken, and with links and signatures of every kind. */
import fc from 'fast-check'
import { MalformedWebhook } from '../../src/connectors/webhook.ts'
import type { Link } from '../../src/decisions/links.ts'
import { SAMPLE_TENANT } from '../../src/seed/organisation.ts'
import { bearer, keyOf } from './credentials.ts'
import { fitting, nearly } from './from-schema.ts'
import type { FuzzWorld } from './fuzz-world.ts'
import { deepJson, hostilePathPart, hostileText, hostileValue } from './hostile.ts'
import type { Header, HttpRequest } from './http-request.ts'

type Arbitrary = fc.Arbitrary<HttpRequest>
const FORM: Header = ['content-type', 'application/x-www-form-urlencoded']

// — links ————————————————————————————————————————————————————————————————————————————————————————————————————————————

const FAR = 4_000_000_000_000
const PAST = 1_600_000_000_000

/** Good signatures on links that are over, of nobody, or to nothing: who holds the master key may have made them long ago. */
function signedLinks(world: FuzzWorld): readonly string[] {
  const { links } = world.served.sijil
  const decision = (more: DecisionLink) => decisionUrl(world, more)
  const answer = (more: Partial<Extract<Link, { kind: 'answer' }>>) =>
    links.url({
      kind: 'answer',
      tenant: SAMPLE_TENANT,
      run: world.runs.atPartner,
      signal: 'partnerReply',
      fixed: { round: 1 },
      language: 'ar',
      expiresAt: FAR,
      id: 'fuzz',
      ...more,
    })
  const log = (more: Partial<Extract<Link, { kind: 'log' }>>) =>
    links.url({ kind: 'log', tenant: SAMPLE_TENANT, person: 'yousef', expiresAt: FAR, ...more })
  return [
    log({ expiresAt: PAST }),
    log({ person: 'noura' }),
    log({ person: '' }),
    log({ tenant: 'other' }),
    log({ tenant: '\u0000' }),
    decision({ expiresAt: PAST }),
    decision({ person: 'nobody' }),
    decision({ person: '../noura' }),
    decision({ tenant: 'other' }),
    decision({ tenant: 'OTHER\u0000' }),
    decision({ task: world.foreign.task }),
    decision({ task: 'none' }),
    answer({ expiresAt: PAST }),
    answer({ tenant: 'other' }),
    answer({ tenant: '' }),
    answer({ run: world.foreign.run }),
    answer({ run: '\u0000' }),
    answer({ signal: 'none' }),
    answer({ signal: 'constructor' }),
    answer({ signal: '__proto__' }),
  ].map((url) => new URL(url).pathname)
}

/** Of somebody who does not decide the task: it is shown, and a decision by it is refused. */
const requestersLink = (world: FuzzWorld): string => new URL(decisionUrl(world)).pathname

type DecisionLink = Partial<Extract<Link, { kind: 'decision' }>>

const decisionUrl = (world: FuzzWorld, more: DecisionLink = {}): string =>
  world.served.sijil.links.url({
    kind: 'decision',
    tenant: SAMPLE_TENANT,
    person: 'noura',
    task: world.tasks.atManager.id,
    digest: world.tasks.atManager.digest,
    expiresAt: FAR,
    ...more,
  })

function badLinks(world: FuzzWorld): fc.Arbitrary<string> {
  const good = [requestersLink(world), world.answerLinks.open]
  return fc.oneof(
    fc.constantFrom(...signedLinks(world)),
    fc.tuple(fc.constantFrom('/d/', '/a/', '/w/'), hostilePathPart).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...good), fc.nat(), fc.constantFrom('', 'A', '-', '%41', '=')).map(([link, at, by]) => {
      const place = 3 + (at % (link.length - 3))
      const changed = `${link.slice(0, place)}${by}${link.slice(place + 1)}`
      return changed === link ? `${link}A` : changed
    }),
    // A decision is none to be answered, and the other way round; neither opens the page of outgoing webhooks.
    fc.constantFrom(...good).map((link) => (link.startsWith('/d/') ? '/a/' : '/d/') + link.slice(3)),
    fc.constantFrom(...good).map((link) => `/w/${link.slice(3)}`),
  )
}

const fields = fc.oneof(
  fc.constantFrom('verdict', 'comments', 'form', 'digest', 'value.note', 'value.commissionPercent', 'value.because'),
  fc.constantFrom('__proto__', 'value.__proto__', 'value.constructor.prototype.x', 'value.', 'value.note.note'),
  hostileText,
)
const form: fc.Arbitrary<Buffer<ArrayBuffer>> = fc.oneof(
  fc
    .array(fc.tuple(fields, hostileText), { maxLength: 6 })
    .map((pairs) =>
      Buffer.from(new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString()),
    ),
  fc.oneof(hostileText, deepJson).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('&=&=', '%', 'verdict=%ZZ', 'a'.repeat(200_000)).map((text) => Buffer.from(text)),
)
const formTypes = fc.constantFrom<readonly Header[]>(
  [FORM],
  [],
  [['content-type', 'application/json']],
  [['content-type', 'multipart/form-data']],
)
const languages = fc.constantFrom('', '?lang=en', '?lang=ar', '?lang=__proto__', '?lang=en&lang=ar', '?lang=%00', '?%')

/** What an open answer link is sent that its contract does not take. */
const wrongAnswers: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  fc
    .oneof(fc.constantFrom('-1', '99', '1.5', 'NaN', '__proto__', 'constructor', 'length', '1e9', 'x'), hostileText)
    .filter((text) => ![0, 1, 2].includes(Number(text)))
    .map((text) => ({ form: text, 'value.commissionPercent': '10' })),
  hostileText
    .filter((text) => !(Number(text.trim() || Number.NaN) <= 50) && !/[٠-٩۰-۹]/.test(text))
    .map((text) => ({ form: '1', 'value.commissionPercent': text })),
  fc
    .constantFrom('-1', '51', '1e308', 'Infinity', '٩٩')
    .map((text) => ({ form: '1', 'value.commissionPercent': text })),
  fc.constantFrom('x'.repeat(2_001), '\0', '\0\0').map((text) => ({ form: '2', 'value.because': `a${text}b` })),
  fc.constantFrom('14', '91', '15.5', 'x').map((text) => ({
    form: '1',
    'value.commissionPercent': '10',
    'value.paymentDays': text,
  })),
)

export function brokenPage(world: FuzzWorld): Arbitrary {
  const of = (method: 'GET' | 'POST', path: string): Pick<HttpRequest, 'operation' | 'method' | 'path'> => ({
    operation: `page ${method} ${path.slice(0, 2)}/{token}`,
    method,
    path,
  })
  const open = [requestersLink(world), world.answerLinks.open, world.answerLinks.used]
  return fc.oneof(
    fc.record({ link: badLinks(world), lang: languages, isHead: fc.boolean() }).map(
      ({ link, lang, isHead }): HttpRequest => ({
        ...of('GET', link),
        method: isHead ? 'HEAD' : 'GET',
        path: link + lang,
        flaw: 'a bad link',
        may: 'refusal',
        headers: [],
      }),
    ),
    fc.record({ link: fc.constantFrom(...open), lang: languages, verdict: hostileText }).map(
      ({ link, lang }): HttpRequest => ({
        ...of('GET', link),
        path: link + lang,
        flaw: 'a link that is only looked at',
        may: 'nothing',
        headers: [],
      }),
    ),
    fc.record({ link: badLinks(world), lang: languages, body: form, headers: formTypes }).map(
      ({ link, lang, body, headers }): HttpRequest => ({
        ...of('POST', link),
        path: link + lang,
        flaw: 'a bad link',
        may: 'refusal',
        headers,
        body,
      }),
    ),
    fc
      .record({
        link: fc.constantFrom(requestersLink(world), world.answerLinks.used),
        lang: languages,
        body: form,
        headers: formTypes,
      })
      .map(
        ({ link, lang, body, headers }): HttpRequest => ({
          ...of('POST', link),
          path: link + lang,
          flaw: 'a link that may not decide, or was used',
          may: 'refusal',
          headers,
          body,
        }),
      ),
    fc.record({ sent: wrongAnswers, lang: languages, headers: formTypes }).map(
      ({ sent, lang, headers }): HttpRequest => ({
        ...of('POST', world.answerLinks.open),
        path: world.answerLinks.open + lang,
        flaw: 'an answer that the workflow does not take',
        may: 'refusal',
        headers,
        body: Buffer.from(new URLSearchParams(sent).toString()),
      }),
    ),
  )
}

// — webhooks —————————————————————————————————————————————————————————————————————————————————————————————————————————

/** Schemas of what the vendors send, loosely: enough to come near it. */
const docusignBody = {
  type: 'object',
  required: ['event', 'generatedDateTime', 'data'],
  properties: {
    event: { enum: ['envelope-completed', 'envelope-declined', 'recipient-sent', 'x'] },
    generatedDateTime: { enum: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.0000000', '9999-99-99', ''] },
    data: {
      type: 'object',
      required: ['accountId', 'envelopeId'],
      properties: { accountId: { type: 'string' }, envelopeId: { type: 'string' }, envelopeSummary: {} },
    },
  },
}
const status = {
  type: 'object',
  required: ['id', 'status', 'timestamp'],
  properties: {
    id: { type: 'string' },
    status: { enum: ['sent', 'delivered', 'read', 'failed', 'x'] },
    timestamp: { enum: ['1700000000', '1700000000', '9'.repeat(20), '9'.repeat(400), 'x'] },
    biz_opaque_callback_data: { type: 'string' },
  },
}
const reply = {
  type: 'object',
  required: ['id', 'timestamp', 'type', 'text'],
  properties: {
    id: { type: 'string' },
    timestamp: status.properties.timestamp,
    type: { type: 'string' },
    text: { type: 'object', required: ['body'], properties: { body: { type: 'string' } } },
  },
}
const whatsappBody = {
  type: 'object',
  required: ['object', 'entry'],
  properties: {
    object: { enum: ['whatsapp_business_account', 'whatsapp_business_account', 'page'] },
    entry: {
      type: 'array',
      items: {
        type: 'object',
        required: ['changes'],
        properties: {
          changes: {
            type: 'array',
            items: {
              type: 'object',
              required: ['value', 'field'],
              properties: {
                field: { const: 'messages' },
                value: {
                  type: 'object',
                  required: ['metadata', 'statuses'],
                  properties: {
                    metadata: {
                      type: 'object',
                      required: ['phone_number_id'],
                      properties: { phone_number_id: { type: 'string' } },
                    },
                    statuses: { type: 'array', items: status },
                    messages: { type: 'array', items: reply },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}
const vendorBodies = { docusign: docusignBody, whatsapp: whatsappBody } as const
type Vendor = keyof typeof vendorBodies
const vendors = fc.constantFrom<Vendor>('docusign', 'whatsapp')

/** What a vendor might send: near what it documents, or nothing of the kind. */
export const vendorBytes = (vendor: Vendor): fc.Arbitrary<Buffer<ArrayBuffer>> =>
  fc.oneof(
    fc
      .oneof(fitting(vendorBodies[vendor]), nearly(fitting(vendorBodies[vendor])), hostileValue)
      .map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    fc.oneof(hostileText, deepJson).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  )

/** What a vendor does send, about anything. */
export const tellingBytes = (vendor: Vendor): fc.Arbitrary<Buffer<ArrayBuffer>> =>
  fitting(vendorBodies[vendor]).map((value) => Buffer.from(JSON.stringify(value)))

/** Whether it tells us of anything: then it is kept, and belongs to the requests that do their work. */
function isEventful({ served: { sijil } }: FuzzWorld, vendor: Vendor, raw: Buffer): boolean {
  try {
    return sijil.accounts.all.find(({ connector }) => connector.key === vendor)?.webhook?.parse(raw, '').length !== 0
  } catch (error) {
    if (error instanceof MalformedWebhook) return false
    throw error
  }
}

export function brokenWebhook(world: FuzzWorld): Arbitrary {
  const operation = 'POST /webhooks/{tenant}/{connector}/{account}'
  const received = { operation, method: 'POST' } as const
  const signatures = fc.oneof(
    fc.constantFrom<readonly Header[]>(
      [],
      [['x-hub-signature-256', '']],
      [['x-hub-signature-256', `sha256=${'0'.repeat(64)}`]],
      [['x-hub-signature-256', `sha1=${'0'.repeat(40)}`]],
      [['x-docusign-signature-1', '']],
      [['x-docusign-signature-1', 'AAAA']],
      [['x-docusign-signature-9999', 'AAAA']],
    ),
    hostileText.map((text): readonly Header[] => [
      ['x-hub-signature-256', `sha256=${text.replaceAll(/[^\x20-\xFF]|\x7F/g, '?').trim()}`],
    ]),
  )
  const body = vendors.chain((vendor) => fc.tuple(fc.constant(vendor), vendorBytes(vendor)))
  return fc.oneof(
    fc.record({ sent: body, headers: signatures }).map(
      ({ sent: [vendor, raw], headers }): HttpRequest => ({
        ...received,
        path: world.webhooks[vendor].path,
        flaw: 'a bad signature',
        may: 'refusal',
        headers,
        body: raw,
      }),
    ),
    // The signature of one vendor, or of other bytes.
    body.map(
      ([vendor, raw]): HttpRequest => ({
        ...received,
        path: world.webhooks[vendor].path,
        flaw: 'a signature of other bytes',
        may: 'refusal',
        headers: world.webhooks[vendor].signed(Buffer.concat([raw, Buffer.from(' ')])),
        body: raw,
      }),
    ),
    body
      .filter(([vendor, raw]) => !isEventful(world, vendor, raw))
      .map(
        ([vendor, raw]): HttpRequest => ({
          ...received,
          path: world.webhooks[vendor].path,
          flaw: 'signed, and nothing that the vendor documents',
          may: 'nothing',
          headers: world.webhooks[vendor].signed(raw),
          body: raw,
        }),
      ),
    fc.record({ sent: body, part: fc.constantFrom(2, 3, 4), by: hostilePathPart }).map(
      ({ sent: [vendor, raw], part, by }): HttpRequest => ({
        ...received,
        path: world.webhooks[vendor].path
          .split('/')
          .map((one, at) => (at === part ? by : one))
          .join('/'),
        flaw: 'signed, for an address that is not ours',
        may: 'refusal',
        headers: world.webhooks[vendor].signed(raw),
        body: raw,
      }),
    ),
    fc.record({ vendor: vendors, word: hostileText, challenge: hostileText }).map(
      ({ vendor, word, challenge }): HttpRequest => ({
        operation: 'GET /webhooks/{tenant}/{connector}/{account}',
        method: 'GET',
        path: `${world.webhooks[vendor].path}?${new URLSearchParams({
          'hub.mode': 'subscribe',
          'hub.verify_token': word,
          'hub.challenge': challenge,
        }).toString()}`,
        flaw: 'a handshake with a wrong word',
        may: 'refusal',
        headers: [],
      }),
    ),
  )
}

// — addresses and methods that there are not —————————————————————————————————————————————————————————————————————————

const METHODS = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PURGE', 'PROPFIND', 'get'] as const
const known = ['/runs', '/tasks', '/effects', '/inventory', '/inventory/audit', '/ledger/verify', '/health'] as const
const shown = ['/openapi.json', '/sijil.css', '/health'] as const

export function elsewhere(world: FuzzWorld): Arbitrary {
  const who = fc.constantFrom<readonly Header[]>([], bearer(keyOf(world, 'yousef')))
  return fc.oneof(
    fc
      .record({
        parts: fc.array(hostilePathPart, { minLength: 1, maxLength: 4 }),
        method: fc.constantFrom('GET', 'POST', 'PUT'),
        headers: who,
      })
      .map(
        ({ parts, method, headers }): HttpRequest => ({
          operation: 'elsewhere',
          flaw: 'an address that there is not',
          may: 'refusal',
          method,
          path: `/-${parts.join('/')}`,
          headers,
        }),
      ),
    fc.record({ path: fc.constantFrom(...known), method: fc.constantFrom(...METHODS), headers: who }).map(
      (one): HttpRequest => ({
        operation: 'elsewhere',
        flaw: 'a method that the address does not take',
        // HEAD is answered wherever GET is, and `get` means it.
        may: /head|get/i.test(one.method) ? 'nothing' : 'refusal',
        ...one,
      }),
    ),
    fc.record({ path: fc.constantFrom(...shown), query: hostilePathPart, headers: who }).map(
      (one): HttpRequest => ({
        operation: `page GET ${one.path}`,
        flaw: 'nothing but the query',
        may: 'nothing',
        method: 'GET',
        path: `${one.path}?${one.query.replaceAll('#', '')}`,
        headers: one.headers,
      }),
    ),
  )
}
