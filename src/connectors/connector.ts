import type { z } from 'zod'
import type { Sighting } from '../engine/systems.ts'
import type { SystemName, Systems } from '../flow/effect.ts'
import type { Instant } from '../flow/time.ts'
import type { Title } from '../flow/words.ts'
import type { ContactFacts } from '../ledger/contact-words.ts'
import type { Database } from '../ledger/database/database.ts'
import type { ContactAddress } from './contacts.ts'
import type { Language } from './roles/language.ts'
import type { Webhook } from './webhook.ts'

/** One setting of a connector: read from the environment, never stored by us. */
export interface Setting<Value = unknown> {
  readonly env: string
  /** A secret is never shown, logged or sent anywhere but to the vendor. */
  readonly secret: boolean
  readonly title: Title
  readonly schema: z.ZodType<Value>
}
export const setting = <Value>(declared: Setting<Value>): Setting<Value> => declared
export type SettingsSchema = Readonly<Record<string, Setting>>
export type SettingsOf<Schema extends SettingsSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Setting<infer Value> ? Value : never
}

/** One use of one operation, as its connector sees it. */
export interface Call<Client> {
  readonly client: Client
  /** Our idempotency key. */
  readonly key: string
  readonly tenant: string
  readonly now: Instant
  /** Aborts when the operation's time, the attempt's deadline or the process is over. */
  readonly signal: AbortSignal
  /** To be called right before the first byte of the change may leave; what fails earlier counts as not made. */
  readonly begin: () => void
  readonly sightings: () => Promise<readonly Sighting[]>
  /** The ledger's own, for what the product keeps itself. */
  readonly database: Database
  /** What somebody has told us about being written to. */
  readonly contact: (address: ContactAddress) => Promise<ContactFacts>
  /** Where they can say that they want no more. */
  readonly stopUrl: (address: Pick<ContactAddress, 'channel' | 'address'>, language: Language) => string
}

/**
 * How a second act with our key is kept away. `native key` and `external id`: the vendor does it, so sending again is safe.
 * `probe`: we can ask whether it happened. `none`: only a webhook can tell, else a person.
 */
export type Idempotency = 'native key' | 'external id' | 'probe' | 'none'

interface OperationTraits {
  readonly title: Title
  readonly documentation: string
  /** Default class of the policy table: A runs by itself, B needs an approval that lists it. */
  readonly approval: 'A' | 'B'
  /** Longest time from the first byte to the last, in milliseconds. */
  readonly timeoutMs: number
  /** What the vendor allows us by default; the deployment's contract may say otherwise. */
  readonly rateLimit: { readonly calls: number; readonly perMs: number }
  /** How often, and how patiently, a step that says nothing of it should try: waits double between the two. */
  readonly retry: { readonly attempts: number; readonly firstWaitMs: number; readonly longestWaitMs: number }
  /** What is written to the audit log when it was made. */
  readonly auditEvent: string
}

/** The operation of the same connector that takes a change back, or why there is none. */
export type UndoneBy<Name extends string = string> = Name | { readonly never: Title }

/** Changes something at the vendor. Its failures are `EffectRefused`, `EffectNotMade` or `EffectUnknown`. */
export interface ChangingOperation<Client, Request, Answer, Names extends string = string> extends OperationTraits {
  readonly kind: 'changing'
  readonly idempotency: Idempotency
  readonly undoneBy: UndoneBy<Names>
  readonly make: (request: Request, call: Call<Client>) => Promise<Answer>
  /** The answer of the first time, or throws `NeverHappened`, `SafeToRepeat` or `EffectUnknown`. Changes nothing. */
  readonly probe: (request: Request, call: Call<Client>) => Promise<Answer>
}
export interface ReadingOperation<Client, Request, Answer> extends OperationTraits {
  readonly kind: 'reading'
  readonly read: (request: Request, call: Call<Client>) => Promise<Answer>
}
export type Operation<Client, Request, Answer, Names extends string = string> =
  | ChangingOperation<Client, Request, Answer, Names>
  | ReadingOperation<Client, Request, Answer>

/** One operation for each method of the role. */
export type OperationsOf<Role extends SystemName, Client> = {
  readonly [Name in keyof Systems[Role] & string]: Systems[Role][Name] extends (
    request: infer Request,
  ) => Promise<infer Answer>
    ? Operation<Client, Request, Answer, keyof Systems[Role] & string>
    : never
}

/** From what anybody may read to what the law or a contract closes to all but few. */
export type Classification = 'public' | 'internal' | 'confidential' | 'restricted'

export type Health =
  | { readonly state: 'up' }
  | { readonly state: 'down'; readonly code: string; readonly message: string }

export interface Connector<
  Role extends SystemName = SystemName,
  Schema extends SettingsSchema = SettingsSchema,
  Client = unknown,
> {
  readonly key: string
  /** The role it plays for steps. */
  readonly system: Role
  /** Part of the product: needs no settings, and plays its role where nothing else is configured for it. */
  readonly builtIn?: true
  readonly displayName: Title
  readonly version: string
  readonly documentation: string
  /** Leaves the organisation's own systems. */
  readonly external: boolean
  /** Highest class of the data that it carries. */
  readonly classification: Classification
  /** Personal data that it sends out: what an assessment of a transfer abroad must list. Empty when it sends none. */
  readonly personalData: readonly Title[]
  /** Where the vendor handles it, which tells whether sending it is a transfer abroad. */
  readonly processedIn: Title
  readonly settings: Schema
  /** What is wrong with settings that are each good by themselves: sentences that name their places and show no values. */
  readonly disagreements?: (
    settings: SettingsOf<Schema>,
    placeOf: (name: keyof Schema & string) => string,
  ) => readonly string[]
  /** Built once for each configuration; holds what lives between calls, such as a token. */
  readonly client: (settings: SettingsOf<Schema>) => Client
  readonly operations: OperationsOf<Role, Client>
  /** Asks the vendor something that changes nothing and needs the credentials. */
  readonly health: (client: Client, signal: AbortSignal) => Promise<Health>
  readonly webhook?: Webhook<SettingsOf<Schema>, Client>
}

export const defineConnector = <Role extends SystemName, const Schema extends SettingsSchema, Client>(
  connector: Connector<Role, Schema, Client>,
): Connector<Role, Schema, Client> => connector
