/** A request as plain data, so that it can be sent, shrunk and shown. */
export interface HttpRequest {
  /** As the description names it: `POST /runs`. */
  readonly operation: string
  /** What is wrong with it, for the report. */
  readonly flaw: string
  /** `refusal`: it must be refused. `nothing`: it may be answered, and must change nothing. `anything`: it may do its work. */
  readonly may: 'refusal' | 'nothing' | 'anything'
  readonly method: string
  /** With its query, as it travels. */
  readonly path: string
  readonly headers: readonly Header[]
  readonly body?: Buffer<ArrayBuffer> | undefined
}
export type Header = readonly [name: string, value: string]

const ORIGIN = 'http://127.0.0.1'

/** Throws `TypeError` for what no client of the platform could send: see `raw-bytes.ts` for that. */
export function asRequest({ method, path, headers, body }: HttpRequest): Request {
  const sent = new Headers()
  for (const [name, value] of headers) sent.append(name, value)
  return new Request(`${ORIGIN}${path}`, { method, headers: sent, ...(body === undefined ? {} : { body }) })
}

const SHOWN_BYTES_MAX = 2_000

/** The request as a command line. `nameOf` says whose a key is: keys are made anew for each world. */
export function asCurl({ method, path, headers, body }: HttpRequest, nameOf: (text: string) => string): string {
  const shown = body === undefined || body.length <= SHOWN_BYTES_MAX
  const parts = [
    ...(body === undefined
      ? []
      : [`printf %s '${body.subarray(0, SHOWN_BYTES_MAX).toString('base64')}' | base64 -d |`]),
    `curl -i --path-as-is -X ${method} ${quoted(`$SIJIL_URL${nameOf(path)}`)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${nameOf(value)}`)}`),
    ...(body === undefined ? [] : ['--data-binary @-']),
    ...(shown ? [] : [`# the first ${SHOWN_BYTES_MAX} of ${body.length} bytes`]),
  ]
  return parts.join(' ')
}

/** In double quotes, so that the shell puts in the address; what else the shell would read is escaped. */
const quoted = (text: string): string => `"${text.replaceAll(/(["\\`]|\$(?!SIJIL_))/g, '\\$1')}"`
