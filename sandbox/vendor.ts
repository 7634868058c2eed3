import type { Faults } from './faults.ts'
import type { Route } from './http-server.ts'
import type { Markup } from './page/html.ts'
import type { Reader } from './page/reader.ts'
import type { SandboxRecord } from './record.ts'
import type { SandboxOptions } from './sandbox.ts'
import type { Noes, Operation } from './vendor-route.ts'
import type { WebhookBody, WebhookForm } from './webhook-queue.ts'

export interface Title {
  readonly en: string
  readonly ar: string
}

/** The tabs of the page; vendors of one kind share one. */
export const TABS = ['mail', 'messages', 'envelopes', 'crm', 'calendar', 'documents', 'tasks', 'lookups'] as const
export type Tab = (typeof TABS)[number]

/** One company that Sijil's connectors speak to: a folder in `vendors/`, and a line in `vendors.ts`. */
export interface SandboxVendor<Opened extends OpenVendor = OpenVendor> {
  /** Also the key of the connector that speaks to it. */
  readonly key: string
  readonly name: Title
  /** Plays its role where nothing else is asked for: one vendor of each role. */
  readonly usual: boolean
  /** What it records in English, in Arabic; what all vendors share is in `page/words.ts`. */
  readonly terms?: Readonly<Record<string, string>>
  readonly open: (place: VendorPlace) => Opened | Promise<Opened>
}

/** What a vendor is given. */
export interface VendorPlace {
  readonly options: SandboxOptions
  /** The address to listen on. */
  readonly host: string
  readonly record: SandboxRecord
  readonly faults: Faults
  /** What it knows its clients by: made once for each record, so that it survives a restart. */
  readonly secrets: <Secrets>(make: () => Secrets) => Secrets
  /** Operations as routes: recorded, guarded, and befallen by the faults that were asked for. */
  readonly routes: (operations: readonly Operation[], noes: Noes) => readonly Route[]
  /** Where this vendor's webhooks for that account usually go; undefined when nobody listens. */
  readonly target: (account: string) => string | undefined
  /** Puts a webhook on its way; to nowhere when `url` is undefined. */
  readonly tell: (url: string | undefined, body: WebhookBody) => void
}

/** A vendor that listens. Whatever else it offers to tests of this process is reached by `sandbox.of(vendor)`. */
export interface OpenVendor {
  /** Its interface, below `/<key>/`, and the buttons of its cards, below `/inspect/`. */
  readonly routes: readonly Route[]
  /** The environment in which its connector finds it at `url`. */
  readonly settings: (url: string) => Readonly<Record<string, string>>
  /** What `/inspect/<name>.json` shows, oldest first. */
  readonly views: Readonly<Record<string, () => readonly unknown[]>>
  readonly tab?: { readonly name: Tab; readonly cards: (reader: Reader) => readonly Card[] }
  readonly webhooks?: WebhookForm
  readonly close?: () => Promise<void>
}

export interface Card {
  readonly at: number
  readonly markup: Markup
}

export const defineVendor = <Opened extends OpenVendor>(vendor: SandboxVendor<Opened>): SandboxVendor<Opened> => vendor
