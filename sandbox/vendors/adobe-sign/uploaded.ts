import type { Incoming } from '../../http-server.ts'

const END_OF_HEAD = '\r\n\r\n'

/** The file of a `multipart/form-data` body, and the name that was given beside it; undefined when there is none. */
export function uploadedIn({ headers, raw }: Incoming): { readonly name: string; readonly bytes: Buffer } | undefined {
  const boundary = /^multipart\/form-data;\s*boundary="?([^";]+)"?$/i.exec(headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) return undefined
  const parts = partsOf(raw, Buffer.from(`--${boundary}`))
  const file = parts.get('File')
  return file === undefined || file.length === 0
    ? undefined
    : { name: parts.get('File-Name')?.toString('utf8') ?? 'document', bytes: file }
}

function partsOf(raw: Buffer, delimiter: Buffer): ReadonlyMap<string, Buffer> {
  const parts = new Map<string, Buffer>()
  let start = raw.indexOf(delimiter)
  for (;;) {
    const next = raw.indexOf(delimiter, start + delimiter.length)
    if (start < 0 || next < 0) return parts
    // Between two delimiters: a line break, the head, the content, a line break.
    const part = raw.subarray(start + delimiter.length + 2, next - 2)
    const head = part.indexOf(END_OF_HEAD)
    const name = /;\s*name="([^"]+)"/i.exec(part.subarray(0, Math.max(0, head)).toString('latin1'))?.[1]
    if (name !== undefined) parts.set(name, part.subarray(head + END_OF_HEAD.length))
    start = next
  }
}
