import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection, { type SMTPEnvelope } from 'nodemailer/lib/smtp-connection'
import { addressFor } from '../reach.ts'
import { isLoopback } from '../setting-kinds.ts'
import { type UntrustedCertificate, untrustedCertificate } from '../untrusted-certificate.ts'
import type { MailServer } from './contract.ts'

/** Where a session stood when it failed: only after the message began can the server have taken it. */
export type Stage = 'connecting' | 'logging in' | 'addressing' | 'message'

export class SmtpFailure extends Error {
  override readonly name = 'SmtpFailure'
  readonly stage: Stage
  /** The server's reply, such as 550; undefined when the connection failed or the time was over. */
  readonly reply: number | undefined
  /** nodemailer's own word, for example `EENVELOPE` for an address that no server would take. */
  readonly code: string
  readonly timedOut: boolean
  readonly certificate: UntrustedCertificate | undefined
  constructor(stage: Stage, cause: unknown, timedOut = false) {
    super(`the mail session failed while ${stage}`, { cause })
    this.stage = stage
    this.timedOut = timedOut
    this.reply = field(cause, 'responseCode', 'number')
    this.code = field(cause, 'code', 'string') ?? 'EUNKNOWN'
    this.certificate = untrustedCertificate(cause)
  }
}

/** What is written on the envelope, and what is in it. */
export interface AddressedMail {
  /** Where it comes back to. */
  readonly from: string
  readonly to: string
  readonly bytes: Buffer
  /** What the servers on the way shall tell, and under which id; one that knows no notifications is not asked. */
  readonly notices: { readonly notify: readonly string[]; readonly envid?: string }
}

/** One session for one mail. `begin` is called when the server has let us in and the mail is about to be addressed. */
export async function sendMail(
  server: MailServer,
  { from, to, bytes, notices }: AddressedMail,
  signal: AbortSignal,
  begin: () => void,
): Promise<void> {
  const dsn = { ret: 'HDRS', ...notices, notify: [...notices.notify] }
  await inSession(server, signal, async (session) => {
    begin()
    await session.send({ from, to: [to], size: bytes.length, dsn }, bytes)
  })
}

/** Logs in and leaves. */
export const greet = (server: MailServer, signal: AbortSignal): Promise<void> =>
  inSession(server, signal, async () => {})

interface Session {
  send(envelope: SMTPEnvelope, bytes: Buffer): Promise<void>
}

async function inSession(server: MailServer, signal: AbortSignal, use: (session: Session) => Promise<void>) {
  const address = await addressOf(server.host, signal)
  const connection = new SMTPConnection({
    host: address,
    // The certificate is that of the name, not of the address.
    ...(isIP(server.host) === 0 ? { tls: { servername: server.host } } : {}),
    port: server.port,
    secure: server.secure,
    requireTLS: !server.secure && !isLoopback(server.host),
    socketCloseTimeout: 0,
  })
  let stage: Stage = 'connecting'
  const over = Promise.withResolvers<never>()
  // The connection may also fail after the last answer was read, when nobody waits any more.
  over.promise.catch(() => {})
  const fail = (cause: unknown) => over.reject(new SmtpFailure(stage, cause, signal.aborted))
  const onAbort = () => fail(signal.reason)
  connection.on('error', fail)
  signal.addEventListener('abort', onAbort, { once: true })
  const answered = (start: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      over.promise,
      new Promise<void>((resolve, reject) => {
        start((error) => (error ? reject(new SmtpFailure(stage, error)) : resolve()))
      }),
    ])
  try {
    if (signal.aborted) onAbort()
    await answered((done) => connection.connect(done))
    stage = 'logging in'
    await answered((done) => connection.login({ user: server.user, pass: server.password }, done))
    stage = 'addressing'
    await use({
      send: (envelope, bytes) =>
        answered((done) =>
          connection.send(
            envelope,
            reportingFirstRead(bytes, () => (stage = 'message')),
            done,
          ),
        ),
    })
    connection.quit()
  } finally {
    signal.removeEventListener('abort', onAbort)
    connection.close()
  }
}

/** The address is checked and then connected to: a name might lead elsewhere a moment later. */
async function addressOf(host: string, signal: AbortSignal): Promise<string> {
  try {
    return await addressFor(host)
  } catch (cause) {
    throw new SmtpFailure('connecting', cause, signal.aborted)
  }
}

/** nodemailer reads the message only when the server has answered DATA. */
function reportingFirstRead(bytes: Buffer, onFirstRead: () => void): Readable {
  return new Readable({
    read() {
      onFirstRead()
      this.push(bytes)
      this.push(null)
    },
  })
}

function field(error: unknown, name: string, type: 'number'): number | undefined
function field(error: unknown, name: string, type: 'string'): string | undefined
function field(error: unknown, name: string, type: string): unknown {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined
  return typeof value === type ? value : undefined
}
