import { createHmac } from 'node:crypto'
import { type Credentials, credentialsOf, environmentFor } from './credentials.ts'
import { type Fault, Faults } from './faults.ts'
import { type Route, serve } from './http-server.ts'
import { inspectRoutes } from './inspect.ts'
import { pageRoutes } from './page/page.ts'
import type { People } from './people.ts'
import { SandboxRecord, type Vendor } from './record.ts'
import { type Noes, type Operation, vendorRoute } from './vendor-route.ts'
import { DocuSignAccount, docusignNoes, docusignOperations } from './vendors/docusign.ts'
import { docusignSignIn } from './vendors/docusign-sign-in.ts'
import { connectBodyOf } from './vendors/envelope.ts'
import { type Company, hubspotNoes, hubspotOperations } from './vendors/hubspot.ts'
import { type StoredMail, startMailServer } from './vendors/smtp.ts'
import { type Message, replyTo, reportOf, statusOf, whatsappNoes, whatsappOperations } from './vendors/whatsapp.ts'
import type { Views } from './views.ts'
import { WebhookQueue } from './webhook-queue.ts'

export interface SandboxOptions {
  /** Without it everything is forgotten at the end. */
  readonly dataDir?: string | undefined
  /** 0 takes any free port. */
  readonly httpPort: number
  readonly smtpPort: number
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Where webhooks go: `<webhookTarget>/webhooks/<tenant>/<vendor>/<account>`. Without it none are sent. */
  readonly webhookTarget?: string | undefined
  /** Default `demo`. An envelope that names its own address overrules both. */
  readonly tenant?: string | undefined
  /** Templates that WhatsApp approved. Default: any. */
  readonly templates?: readonly string[] | undefined
}

/** The vendors of all connectors, on this machine: their interfaces, what they did, and the people on the other side. */
export interface Sandbox extends Omit<Views, 'faults'> {
  readonly url: string
  readonly smtpUrl: string
  /** The environment in which the connectors find this sandbox. */
  readonly settings: Readonly<Record<string, string>>
  readonly faults: {
    add(fault: Fault): void
    coming(): readonly Fault[]
    clear(): void
  }
  readonly webhooks: Pick<WebhookQueue, 'all' | 'hold' | 'release' | 'repeat' | 'forge' | 'settled'> & {
    /** Asks the target whether it is ours, as Meta does once. */
    handshake(): Promise<boolean>
  }
  readonly people: People
  /** Ends every session with DocuSign, as its administrators can. */
  revokeTokens(): void
  close(): Promise<void>
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1', tenant = 'demo', webhookTarget } = options
  const record = new SandboxRecord(options.dataDir)
  const credentials = credentialsOf(record)
  const faults = new Faults()
  const webhooks = new WebhookQueue(record, (vendor, raw) => signatureOf(vendor, raw, credentials))
  const target = (vendor: Vendor, account: string) =>
    webhookTarget === undefined ? undefined : `${webhookTarget}/webhooks/${tenant}/${vendor}/${account}`
  const { accountId, userId } = credentials.docusign
  const { phoneNumberId, verifyToken } = credentials.whatsapp

  const account = new DocuSignAccount(record, (event, envelope) => {
    const { eventNotification } = envelope
    const url = eventNotification?.url ?? target('docusign', accountId)
    const wanted = eventNotification === undefined || eventNotification.events.includes(event)
    if (url !== undefined && wanted) webhooks.add('docusign', url, connectBodyOf(event, envelope, accountId, userId))
  })
  const tell = (value: Readonly<Record<string, unknown>>) => {
    const url = target('whatsapp', phoneNumberId)
    if (url !== undefined) webhooks.add('whatsapp', url, reportOf(phoneNumberId, value))
  }
  const messages = record.collection<Message>('message')
  const people: People = {
    sign: (envelopeId, recipientId) => record.together(() => account.sign(envelopeId, recipientId)),
    decline: (envelopeId, recipientId) => record.together(() => account.decline(envelopeId, recipientId)),
    see: (messageId, status) => {
      const message = messages.get(messageId)
      if (message === undefined) return
      messages.put(messageId, { ...message, status })
      tell(statusOf(message, status))
    },
    reply: (messageId, text) => {
      const message = messages.get(messageId)
      if (message === undefined) return
      messages.put(messageId, { ...message, replies: [...message.replies, text] })
      tell(replyTo(message, text))
    },
  }

  const signIn = docusignSignIn(credentials.docusign)
  const routed = (vendor: Vendor, operations: readonly Operation[], noes: Noes) =>
    operations.map((operation) => vendorRoute(vendor, operation, noes, record, faults))
  const views: Views = {
    acts: () => record.acts(),
    requests: () => record.requests(),
    mails: () => record.collection<StoredMail>('mail').all(),
    messages: () => messages.all(),
    envelopes: () => account.envelopes.all(),
    companies: () => record.collection<Company>('company').all(),
    deliveries: () => webhooks.all(),
    faults: () => faults.coming(),
  }
  const routes: readonly Route[] = [
    ...routed('hubspot', hubspotOperations(record, credentials.hubspot), hubspotNoes),
    ...routed(
      'whatsapp',
      whatsappOperations(record, credentials.whatsapp, options.templates, (message, status) =>
        tell(statusOf(message, status)),
      ),
      whatsappNoes,
    ),
    ...routed('docusign', signIn.operations, docusignNoes),
    ...routed('docusign', docusignOperations(account, credentials.docusign, signIn.isSignedIn), docusignNoes),
    ...inspectRoutes(views, faults, webhooks, people),
    ...pageRoutes(views),
  ]
  const http = await serve(routes, options.httpPort, host)
  const mailServer = await startMailServer(record, faults, credentials.smtp, options.smtpPort, host)
  webhooks.pump()
  const url = `http://127.0.0.1:${http.port}`
  const settings = environmentFor(credentials, url, mailServer.port, webhookTarget)
  return {
    url,
    smtpUrl: `smtp://127.0.0.1:${mailServer.port}`,
    settings,
    ...views,
    faults,
    webhooks: Object.assign(webhooks, {
      handshake: () => handshake(target('whatsapp', phoneNumberId), verifyToken),
    }),
    people,
    revokeTokens: () => signIn.revokeAll(),
    close: async () => {
      await Promise.all([http.close(), mailServer.close(), webhooks.close()])
      record.close()
    },
  }
}

function signatureOf(
  vendor: Vendor,
  raw: Buffer,
  { whatsapp, docusign }: Credentials,
): Readonly<Record<string, string>> {
  const hmac = (key: string) => createHmac('sha256', key).update(raw)
  if (vendor === 'whatsapp') return { 'x-hub-signature-256': `sha256=${hmac(whatsapp.appSecret).digest('hex')}` }
  return {
    'x-authorization-digest': 'HMACSHA256',
    'x-docusign-signature-1': hmac(docusign.hmacKey).digest('base64'),
  }
}

async function handshake(url: string | undefined, verifyToken: string): Promise<boolean> {
  if (url === undefined) return false
  const challenge = '1158201444'
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': verifyToken,
    'hub.challenge': challenge,
  })
  const response = await fetch(`${url}?${query.toString()}`, { redirect: 'manual' })
  return response.status === 200 && (await response.text()) === challenge
}
