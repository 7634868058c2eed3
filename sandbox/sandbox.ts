import { type Fault, Faults } from './faults.ts'
import { serve } from './http-server.ts'
import { inspectRoutes } from './inspect.ts'
import { pageRoutes } from './page/page.ts'
import { type Act, SandboxRecord, type SeenRequest } from './record.ts'
import type { OpenVendor, SandboxVendor, VendorPlace } from './vendor.ts'
import { vendorRoute } from './vendor-route.ts'
import { VENDORS } from './vendors.ts'
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
  /** Templates of the kind that people may stop. Default: none. */
  readonly marketingTemplates?: readonly string[] | undefined
  /** Keys of the vendors that `settings` leads to. Default: the usual one of each role. All of them listen. */
  readonly settingsFor?: readonly string[] | undefined
}

/** The vendors of all connectors, on this machine: their interfaces, what they did, and the people on the other side. */
export interface Sandbox {
  readonly url: string
  /** The environment in which the connectors find this sandbox. */
  readonly settings: Readonly<Record<string, string>>
  /** What the vendors did, oldest first. */
  acts(): readonly Act[]
  requests(): readonly SeenRequest[]
  /** One vendor with all that it offers: what it holds, and what the people on its side do. */
  of<Opened extends OpenVendor>(vendor: SandboxVendor<Opened>): Opened
  readonly faults: {
    add(fault: Fault): void
    coming(): readonly Fault[]
    clear(): void
  }
  readonly webhooks: Pick<WebhookQueue, 'all' | 'hold' | 'release' | 'repeat' | 'forge' | 'settled'>
  close(): Promise<void>
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = '127.0.0.1' } = options
  const record = new SandboxRecord(options.dataDir)
  const faults = new Faults()
  const opened = new Map<string, OpenVendor>()
  const webhooks = new WebhookQueue(record, (vendor) => opened.get(vendor)?.webhooks ?? { sign: () => ({}) })
  for (const vendor of VENDORS)
    opened.set(vendor.key, await vendor.open(placeOf(vendor.key, { options, record, faults, webhooks })))
  const vendors = [...opened.values()]
  const views: OpenVendor['views'] = {
    acts: () => record.acts(),
    requests: () => record.requests(),
    deliveries: () => webhooks.all(),
    faults: () => faults.coming(),
    ...Object.fromEntries(vendors.flatMap((vendor) => Object.entries(vendor.views))),
  }
  const routes = [
    ...vendors.flatMap((vendor) => vendor.routes),
    ...inspectRoutes(views, faults, webhooks),
    ...pageRoutes({ vendors, record, faults, deliveries: () => webhooks.all() }),
  ]
  const http = await serve(routes, options.httpPort, host)
  webhooks.pump()
  const url = `http://127.0.0.1:${http.port}`
  return {
    url,
    settings: settingsOf(options, opened, url),
    acts: () => record.acts(),
    requests: () => record.requests(),
    // What a vendor opened is kept by its key.
    of: <Opened extends OpenVendor>({ key }: SandboxVendor<Opened>) => opened.get(key) as Opened,
    faults,
    webhooks,
    close: async () => {
      await Promise.all([http.close(), webhooks.close(), ...vendors.map((vendor) => vendor.close?.())])
      record.close()
    },
  }
}

interface Ground {
  readonly options: SandboxOptions
  readonly record: SandboxRecord
  readonly faults: Faults
  readonly webhooks: WebhookQueue
}

function placeOf(vendor: string, { options, record, faults, webhooks }: Ground): VendorPlace {
  const { host = '127.0.0.1', tenant = 'demo', webhookTarget } = options
  return {
    options,
    host,
    record,
    faults,
    secrets: <Secrets>(make: () => Secrets) => {
      const kept = record.collection<Secrets>('secrets')
      const known = kept.get(vendor) ?? make()
      kept.put(vendor, known)
      return known
    },
    routes: (operations, noes) => operations.map((operation) => vendorRoute(vendor, operation, noes, record, faults)),
    target: (account) =>
      webhookTarget === undefined ? undefined : `${webhookTarget}/webhooks/${tenant}/${vendor}/${account}`,
    tell: (url, body) => {
      if (url !== undefined) webhooks.add(vendor, url, body)
    },
  }
}

function settingsOf(
  { settingsFor = VENDORS.filter(({ usual }) => usual).map(({ key }) => key) }: SandboxOptions,
  opened: ReadonlyMap<string, OpenVendor>,
  url: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settingsFor.flatMap((key) => [
      ...Object.entries(opened.get(key)?.settings(url) ?? {}),
      // What a connector declares is the vendor's limit; the sandbox has none, unless a fault says so.
      [`SIJIL_${key.toUpperCase().replaceAll('-', '_')}_RATE`, '100000/1s'],
    ]),
  )
}
