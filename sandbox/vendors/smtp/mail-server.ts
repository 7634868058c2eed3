import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { DELAY_MS, type FaultKind, type Faults } from '../../faults.ts'
import type { SandboxRecord } from '../../record.ts'

export interface StoredMail {
  readonly id: string
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
  readonly language: string
  readonly key: string | undefined
  /** Of the envelope: where reports on the mail go, and by which id the sender knows it. */
  readonly returnPath: string
  readonly envelopeId: string | undefined
  /** The bytes as they came, one character each: what a signature is over. */
  readonly source: string
  readonly at: number
}

const OPERATION = 'send'

type Done = (error?: Error | null, message?: string) => void

export interface MailServerOptions {
  /** Whose server it is. */
  readonly vendor: string
  readonly record: SandboxRecord
  readonly faults: Faults
  readonly user: string
  readonly password: string
  readonly port: number
  readonly host: string
  /** `notify`: what the sender wants to be told of. */
  readonly onTaken: (mail: StoredMail, notify: readonly string[]) => void
}

/** A submission server that keeps every mail and forwards none. */
export async function startMailServer(options: MailServerOptions) {
  const { vendor, record, faults, user, password, port, host, onTaken } = options
  const sockets = new Map<number, Socket>()
  const faultOf = new Map<string, FaultKind>()
  const cut = ({ remotePort }: SMTPServerSession) => sockets.get(remotePort)?.destroy()
  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): Promise<void> => {
    // Who is cut off within a mail has sent none.
    const source = await buffer(stream).catch(() => undefined)
    if (source === undefined) return
    const mail = await simpleParser(source).catch(() => undefined)
    if (mail === undefined) {
      done(reply(554, 'The message could not be read'))
      return
    }
    const stored = store(options, session, mail, source)
    onTaken(
      stored,
      session.envelope.rcptTo.flatMap(({ dsn }) => dsn?.notify ?? []),
    )
    const fault = faultOf.get(session.id)
    if (fault === 'hang after acting') return
    if (fault === 'delay') await delay(DELAY_MS)
    if (fault === 'drop after acting' || fault === 'fail after acting') cut(session)
    else if (fault === 'malformed after acting' || fault === 'missing fields after acting')
      sockets.get(session.remotePort)?.end('OK, whatever\r\n')
    else done(null, `queued as ${stored.id}`)
  }
  const server = new SMTPServer({
    hideSTARTTLS: true,
    hideDSN: false,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(reply(535, 'Authentication credentials invalid')),
    onMailFrom: (_address, session, done) => {
      const fault = faults.take(vendor, OPERATION)
      record.addRequest({ vendor, operation: OPERATION, fault, body: '' })
      if (fault === undefined) faultOf.delete(session.id)
      else faultOf.set(session.id, fault)
      if (fault === 'hang') return
      if (fault === 'drop') cut(session)
      else if (fault === 'fail') done(reply(421, 'Service not available'))
      else done()
    },
    onRcptTo: (_address, session, done) => {
      const fault = faultOf.get(session.id)
      if (fault === 'refuse') done(reply(550, 'No such mailbox'))
      else if (fault === 'limit') done(reply(451, 'Try again later'))
      else done()
    },
    onData: (stream, session, done) => {
      void receive(stream, session, done)
    },
  })
  server.on('error', () => {})
  const listening = Promise.withResolvers<void>()
  server.server.once('error', listening.reject)
  server.listen(port, host, listening.resolve)
  server.server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.once('close', () => sockets.delete(remotePort))
  })
  await listening.promise
  // A server that listens on a port has an address of this form.
  const { port: bound } = server.server.address() as AddressInfo
  const close = async () => {
    for (const socket of sockets.values()) socket.destroy()
    const closed = Promise.withResolvers<void>()
    server.close(() => closed.resolve())
    await closed.promise
  }
  return { port: bound, close }
}

type ParsedMail = Awaited<ReturnType<typeof simpleParser>>

function store(
  { vendor, record }: Pick<MailServerOptions, 'vendor' | 'record'>,
  { envelope }: SMTPServerSession,
  mail: ParsedMail,
  source: Buffer,
): StoredMail {
  const mails = record.collection<StoredMail>('mail')
  const id = String(mails.count() + 1)
  const header = (name: string) => {
    const value = mail.headers.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const key = header('x-sijil-key')
  const stored: StoredMail = {
    id,
    messageId: mail.messageId ?? '',
    from: mail.from?.text ?? '',
    to: envelope.rcptTo.map(({ address }) => address).join(', '),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html === false ? undefined : mail.html,
    language: header('content-language') ?? '',
    key,
    returnPath: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    envelopeId: envelope.dsn?.envid ?? undefined,
    source: source.toString('latin1'),
    at: Date.now(),
  }
  record.together(() => {
    mails.put(id, stored)
    record.addAct({ vendor, action: 'mail accepted', key, reference: mail.messageId ?? id })
  })
  return stored
}

const reply = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })
