import type { Session, Statement } from '../database/database.ts'

/** An effect that a vendor's event is about, with what is needed to find what its run waits for. */
export interface MatchedEffect {
  readonly run: string
  readonly key: string
  readonly step: string
  readonly state: string
  readonly workflow: string
  readonly version: number
  /** Our key as it travelled in clear. */
  readonly effectKey: string
}

const columns = `e.run, e.key, e.step, e.state, r.workflow, r.version`
const joined = `sijil.effects e join sijil.runs r on r.tenant = e.tenant and r.id = e.run`

const byKey: Statement = {
  name: 'vendor.effect_by_key',
  text: `select ${columns}, $4 as "effectKey" from ${joined} where e.tenant = $1 and e.run = $2 and e.key = $3`,
}
/** A key too long for the vendor's field travels as its digest, so every key that may have travelled is tried. */
const byDigest: Statement = {
  name: 'vendor.effect_by_digest',
  text: `select ${columns}, k.travelled as "effectKey" from ${joined}
    cross join lateral (select e.run || '/' || e.key || case g when 1 then '' else '~' || g end as travelled
      from generate_series(1, e.generation) g) k
    where e.tenant = $1 and (e.action is not null or e.of is not null) and encode(sha256(convert_to(k.travelled, 'UTF8')), 'hex') = $2
    limit 1`,
}
/** What the same account has said before of the same thing. */
const bySighting: Statement = {
  name: 'vendor.key_by_sighting',
  text: `select effect_key as "effectKey" from sijil.sightings
    where tenant = $1 and connector = $2 and account = $3 and reference = $4 order by at_ms limit 1`,
}
/** The vendor's id stands in the recorded result of the step that made it. */
const byReference: Statement = {
  name: 'vendor.effect_by_reference',
  text: `select ${columns}, e.run || '/' || e.key || case e.generation when 1 then '' else '~' || e.generation end as "effectKey"
    from ${joined} join sijil.records c on c.tenant = e.tenant and c.run = e.run and c.key = e.key
    where e.tenant = $1 and e.action is not null and e.state = 'done' and strpos(c.value, to_json($2::text)::text) > 0
    order by e.started_ms desc limit 2`,
}

const sight: Statement = {
  name: 'vendor.sight',
  text: `insert into sijil.sightings (tenant, effect_key, connector, account, id, reference, what, at_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
}
const park: Statement = {
  name: 'vendor.park',
  text: `insert into sijil.parked_signals (tenant, connector, account, id, effect_key, event, reference, payload, received_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, sijil.now_ms()) on conflict do nothing returning 1 as parked`,
}
const parked: Statement = {
  name: 'vendor.parked',
  text: `select connector, account, id, effect_key as "effectKey", event, reference, payload, received_ms as at
    from sijil.parked_signals where tenant = $1 and delivered_ms is null order by received_ms, id limit $2`,
}
const unpark: Statement = {
  name: 'vendor.unpark',
  text: `update sijil.parked_signals set delivered_ms = sijil.now_ms()
    where tenant = $1 and connector = $2 and account = $3 and id = $4 and delivered_ms is null`,
}
const hold: Statement = {
  name: 'vendor.hold_run',
  text: `select e.state from sijil.runs r join sijil.effects e on e.tenant = r.tenant and e.run = r.id and e.key = $3
    where r.tenant = $1 and r.id = $2 for update of r`,
}

export interface EventRow {
  readonly connector: string
  readonly account: string
  readonly id: string
  readonly event: string
  /** As it travelled. */
  readonly effectKey: string | undefined
  readonly reference: string
  readonly at: number
}

const travelled = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(.+?)(?:~\d+)?$/
const digested = /^sha256-([0-9a-f]{64})$/

/** By our key, in clear or as a digest; else by the vendor's own id of the thing. One that fits two effects fits none. */
export async function matchEffect(
  session: Session,
  tenant: string,
  event: EventRow,
): Promise<MatchedEffect | undefined> {
  const said = event.effectKey ?? (await keySeen(session, tenant, event))
  if (said !== undefined) return effectOfKey(session, tenant, said)
  const found = await session.query<MatchedEffect>(byReference, [tenant, event.reference])
  return found.length === 1 ? found[0] : undefined
}

async function keySeen(session: Session, tenant: string, event: EventRow): Promise<string | undefined> {
  const { connector, account, reference } = event
  const [seen] = await session.query<{ readonly effectKey: string }>(bySighting, [
    tenant,
    connector,
    account,
    reference,
  ])
  return seen?.effectKey
}

async function effectOfKey(session: Session, tenant: string, said: string): Promise<MatchedEffect | undefined> {
  const [, run, key] = travelled.exec(said) ?? []
  if (run !== undefined && key !== undefined)
    return (await session.query<MatchedEffect>(byKey, [tenant, run, key, said]))[0]
  const [, digest] = digested.exec(said) ?? []
  if (digest === undefined) return undefined
  return (await session.query<MatchedEffect>(byDigest, [tenant, digest]))[0]
}

/** Keeps the vendor's word that it knows of the effect. Said twice it is kept once. */
export async function keepSighting(
  session: Session,
  tenant: string,
  effectKey: string,
  { connector, account, id, reference, event, at }: EventRow,
): Promise<void> {
  await session.query(sight, [tenant, effectKey, connector, account, id, reference, event, at])
}

/** False when it is parked, or was, already. `payload`: canonical JSON. */
export async function parkEvent(session: Session, tenant: string, event: EventRow, payload: string): Promise<boolean> {
  const { connector, account, id, effectKey = null, reference } = event
  const rows = await session.query(park, [tenant, connector, account, id, effectKey, event.event, reference, payload])
  return rows.length > 0
}

export interface ParkedEvent extends EventRow {
  readonly payload: string
}

/** Oldest first. */
export async function readParked(session: Session, tenant: string, limit: number): Promise<readonly ParkedEvent[]> {
  const rows = await session.query<Omit<ParkedEvent, 'effectKey'> & { readonly effectKey: string | null }>(parked, [
    tenant,
    limit,
  ])
  return rows.map((row) => ({ ...row, effectKey: row.effectKey ?? undefined }))
}

export async function unparkEvent(
  session: Session,
  tenant: string,
  { connector, account, id }: EventRow,
): Promise<void> {
  await session.query(unpark, [tenant, connector, account, id])
}

/** Locks the run until the transaction ends, and answers the state its effect has then. */
export async function holdEffect(
  session: Session,
  tenant: string,
  run: string,
  key: string,
): Promise<string | undefined> {
  return (await session.query<{ readonly state: string }>(hold, [tenant, run, key]))[0]?.state
}
