import { ENVELOPE_HEADER } from './envelope-id.ts'

/**
 * Reports of mail servers on what became of a mail (RFC 3464), with as much of MIME as they are written in. A report is a
 * mail itself: `multipart/report` whose second part, `message/delivery-status`, is for machines, and whose third holds what the
 * mail began with. Other mails that come to the address of bounces, such as notes of absence, are no reports.
 */
export interface DeliveryReport {
  readonly action: Action
  /** `5.1.1`: of the permanent kind (5), about addresses (1), a mailbox that does not exist (1). */
  readonly status: string
  /** What we said to be the id of the envelope, or wrote into the headers that came back. */
  readonly envelopeIds: readonly string[]
  /** From the headers that came back. */
  readonly messageId: string | undefined
  /** When the report was written. */
  readonly at: number
}

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const
export type Action = (typeof ACTIONS)[number]

/** It says of itself that it is a report, and is none that can be read. */
export class UnreadableReport extends Error {
  override readonly name = 'UnreadableReport'
}

/** One for each recipient that it speaks of; none when the mail is no report. Throws `UnreadableReport`. */
export function deliveryReports(mail: Buffer): readonly DeliveryReport[] {
  // Headers are ASCII; bytes that are not stay one character each.
  const { fields, body } = entityOf(mail.toString('latin1'))
  const type = fields.get('content-type') ?? ''
  if (!/^multipart\/report\b/i.test(type)) return []
  const parts = partsOf(body, parameter(type, 'boundary'))
  const status = parts.find((part) => typeOf(part) === 'message/delivery-status')
  if (status === undefined) return []
  const [whole = '', ...recipients] = status.body.trim().split(/\r?\n\r?\n+/)
  const returned = returnedHeaders(parts)
  const ids = [fieldsOf(whole).get('original-envelope-id'), returned.get(ENVELOPE_HEADER.toLowerCase())]
  const at = Date.parse(fields.get('date') ?? '')
  if (recipients.length === 0 || Number.isNaN(at)) throw new UnreadableReport('it names no recipient or no time')
  return recipients.map((text) => ({
    ...outcomeOf(fieldsOf(text)),
    envelopeIds: ids.filter((id) => id !== undefined),
    messageId: returned.get('message-id'),
    at,
  }))
}

function outcomeOf(fields: Fields): Pick<DeliveryReport, 'action' | 'status'> {
  const action = ACTIONS.find((known) => known === fields.get('action')?.toLowerCase())
  const status = /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get('status') ?? '')?.[0]
  if (action === undefined || status === undefined) throw new UnreadableReport('it says no action or no status')
  return { action, status }
}

/** The whole mail comes back, or its headers alone. */
function returnedHeaders(parts: readonly Entity[]): Fields {
  const returned = parts.find((part) => ['text/rfc822-headers', 'message/rfc822'].includes(typeOf(part)))
  return returned === undefined ? new Map() : entityOf(returned.body.trimStart()).fields
}

type Fields = ReadonlyMap<string, string>
interface Entity {
  readonly fields: Fields
  readonly body: string
}

function entityOf(text: string): Entity {
  const end = /\r?\n\r?\n/.exec(text)
  return {
    fields: fieldsOf(end === null ? text : text.slice(0, end.index)),
    body: end === null ? '' : text.slice(end.index + end[0].length),
  }
}

/** By name in lower case, unfolded; of a field that stands twice the first. */
function fieldsOf(text: string): Fields {
  const fields = new Map<string, string>()
  for (const line of text.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined && !fields.has(name.toLowerCase()))
      fields.set(name.toLowerCase(), value.trim())
  }
  return fields
}

function partsOf(body: string, boundary: string | undefined): readonly Entity[] {
  if (boundary === undefined) throw new UnreadableReport('its parts have no boundary')
  const parts: string[][] = []
  for (const line of body.split('\n')) {
    const bare = line.trimEnd()
    if (bare === `--${boundary}--`) break
    if (bare === `--${boundary}`) parts.push([])
    else parts.at(-1)?.push(line)
  }
  return parts.map((lines) => entityOf(lines.join('\n')))
}

const typeOf = ({ fields }: Entity): string =>
  (fields.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

function parameter(header: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(header) ?? []
  return quoted ?? bare
}
