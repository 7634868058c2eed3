import { randomUUID } from 'node:crypto'

/** A file as `multipart/form-data`. Its name travels beside it as a part of its own, because a file name has no agreed letters. */
export function uploadOf({ name, contentBase64 }: { readonly name: string; readonly contentBase64: string }) {
  const boundary = randomUUID()
  const part = (disposition: string, type: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${type}\r\n\r\n`
  const body = Buffer.concat([
    Buffer.from(`${part('name="File-Name"', 'text/plain; charset=utf-8')}${name}\r\n`),
    Buffer.from(part('name="File"; filename="document"', 'application/octet-stream')),
    Buffer.from(contentBase64, 'base64'),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}
