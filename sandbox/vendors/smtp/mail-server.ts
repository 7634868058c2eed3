import type { AddressInfo, Socket } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { FaultKind, Faults } from '../../faults.ts'
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
  readonly at: number
}

const OPERATION = 'send'

type Done = (error?: Error | null, message?: string) => void

/** A submission server that keeps every mail and forwards none. */
export async function startMailServer(
  record: SandboxRecord,
  faults: Faults,
  { user, password }: { readonly user: string; readonly password: string },
  port: number,
  host: string,
) {
  const sockets = new Map<number, Socket>()
  const faultOf = new Map<string, FaultKind>()
  const cut = ({ remotePort }: SMTPServerSession) => sockets.get(remotePort)?.destroy()
  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): Promise<void> => {
    const mail = await simpleParser(stream).catch(() => undefined)
    if (mail === undefined) {
      done(reply(554, 'The message could not be read'))
      return
    }
    const id = store(record, session, mail)
    const fault = faultOf.get(session.id)
    if (fault === 'hang after acting') return
    if (fault === 'drop after acting' || fault === 'fail after acting') cut(session)
    else if (fault === 'malformed after acting' || fault === 'missing fields after acting')
      sockets.get(session.remotePort)?.end('OK, whatever\r\n')
    else done(null, `queued as ${id}`)
  }
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(reply(535, 'Authentication credentials invalid')),
    onMailFrom: (_address, session, done) => {
      const fault = faults.take('smtp', OPERATION)
      record.addRequest({ vendor: 'smtp', operation: OPERATION, fault, body: '' })
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

function store(record: SandboxRecord, { envelope }: SMTPServerSession, mail: ParsedMail): string {
  const mails = record.collection<StoredMail>('mail')
  const id = String(mails.count() + 1)
  const header = (name: string) => {
    const value = mail.headers.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const key = header('x-sijil-key')
  record.together(() => {
    mails.put(id, {
      id,
      messageId: mail.messageId ?? '',
      from: mail.from?.text ?? '',
      to: envelope.rcptTo.map(({ address }) => address).join(', '),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: mail.html === false ? undefined : mail.html,
      language: header('content-language') ?? '',
      key,
      at: Date.now(),
    })
    record.addAct({ vendor: 'smtp', action: 'mail accepted', key, reference: mail.messageId ?? id })
  })
  return id
}

const reply = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })
