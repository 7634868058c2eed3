/**
 * What must hold of the rows of a ledger, one statement for each rule; each answers the tenant and the subject of every
 * violation. The list is long because the rules are many; each stands by itself. Records, endings and decisions are held
 * against the audit log, which is sealed: whoever changes them must break the seal too.
 */
const RUN = `'run ' || r.id`

const withoutRun = (table: string): string =>
  `select x.tenant, '${table} of run ' || x.run as subject from sijil.${table} x
    where x.run is not null and not exists (select from sijil.runs r where r.tenant = x.tenant and r.id = x.run) group by x.tenant, x.run`

/** A gate that was decided by people: as many approvals as slots, or one of the other verdicts; never the requester's. */
const decidedByOthers = `case t.state
      when 'approved' then not exists (
        select from jsonb_array_elements(t.slots) s (slot) where not exists (
          select from sijil.decisions d where d.tenant = t.tenant and d.task = t.id and d.verdict = 'approve'
            and d.person = slot ->> 'by' and d.person <> t.requester))
        and jsonb_array_length(t.slots) > 0
      when 'returned' then exists (select from sijil.decisions d where d.tenant = t.tenant and d.task = t.id and d.verdict = 'return' and d.person <> t.requester)
      when 'rejected' then exists (select from sijil.decisions d where d.tenant = t.tenant and d.task = t.id and d.verdict = 'reject' and d.person <> t.requester)
      when 'expired' then true
      else false end`

/**
 * An undo that waits for a person holds up no other. Its last word in the audit log, when the other undo was started, was that
 * nobody knew what had become of it, or that somebody had said so and it was yet to be read.
 */
const waitedForAPerson = `coalesce((
            select said.what from sijil.audit said
              where said.tenant = other.tenant and said.run = other.run and said.subject in (other.key, other.of)
                and said.id < (select min(began.id) from sijil.audit began
                  where began.tenant = one.tenant and began.run = one.run and began.subject = one.key and began.what = 'effect.started')
              order by said.id desc limit 1) in ('effect.in_doubt', 'effect.parked', 'effect.resolved'), false)`

/** A race takes back what its losers did. That it had begun to when the run came to its end says nothing about the order then. */
const beganInARace = `exists (
            select from sijil.audit began
              where began.tenant = one.tenant and began.run = one.run and began.subject = one.key and began.what = 'effect.started'
                and began.id < (select min(ended.id) from sijil.audit ended
                  where ended.tenant = one.tenant and ended.run = one.run and ended.what = 'ending.value'))`

const checks = {
  RECORDS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('records') },
  EFFECTS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('effects') },
  WAITS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('waits') },
  TASKS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('tasks') },
  SIGNALS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('signals') },
  KEPT_RECORDS_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('kept_records') },
  AUDIT_WITHOUT_RUN: { says: 'there is no such run', sql: withoutRun('audit') },
  RECEIPT_WITHOUT_EFFECT: {
    says: 'the receipt proves an effect that is not there',
    sql: `select p.tenant, 'receipt ' || p.id as subject from sijil.receipts p
      where not exists (select from sijil.effects e where e.tenant = p.tenant and e.run = p.run and e.key = p.key)`,
  },
  DECISION_WITHOUT_TASK: {
    says: 'the decision is about a task that is not there',
    sql: `select d.tenant, 'decision of ' || d.person || ' on task ' || d.task as subject from sijil.decisions d
      where not exists (select from sijil.tasks t where t.tenant = d.tenant and t.id = d.task)`,
  },

  RECORD_CHANGED: {
    says: 'the audit log has another result at this key, or none',
    sql: `select c.tenant, c.run || '/' || c.key as subject from sijil.records c
      where not exists (select from sijil.audit a where a.tenant = c.tenant and a.run = c.run and a.subject = c.key
        and a.new = encode(sha256(convert_to(c.value, 'UTF8')), 'hex'))`,
  },
  RECORD_MISSING: {
    says: 'the run counts another number of records, or a number between them is missing',
    sql: `select r.tenant, ${RUN} as subject from sijil.runs r
      left join (select tenant, run, count(*) as records, max(seq) as last from sijil.records group by tenant, run) c
        on c.tenant = r.tenant and c.run = r.id
      where r.seq <> coalesce(c.records, 0) or r.seq <> coalesce(c.last, 0)`,
  },
  RUN_ENDING_CHANGED: {
    says: 'the audit log does not say that the run ended like this',
    sql: `select r.tenant, ${RUN} as subject from sijil.runs r
      where r.status = 'ended' and not exists (select from sijil.audit a
        where a.tenant = r.tenant and a.run = r.id and a.what = 'run.ended' and a.new = r.outcome)`,
  },
  RUN_ENDING_MISSING: {
    says: 'the audit log says that the run ended, and it has not',
    sql: `select r.tenant, ${RUN} as subject from sijil.runs r
      where r.status <> 'ended' and exists (select from sijil.audit a where a.tenant = r.tenant and a.run = r.id and a.what = 'run.ended')`,
  },
  DECISION_CHANGED: {
    says: 'the audit log does not say that this person decided so',
    sql: `select d.tenant, 'decision of ' || d.person || ' on task ' || d.task as subject from sijil.decisions d
      where not exists (select from sijil.audit a where a.tenant = d.tenant and a.actor = d.person and a.what = 'task.' || d.verdict
        and a.subject = d.task::text)`,
  },
  DECISION_MISSING: {
    says: 'the audit log has a decision of this person on the task that is not there',
    sql: `select a.tenant, 'decision of ' || a.actor || ' on task ' || a.subject as subject from sijil.audit a
      where a.what in ('task.approve', 'task.return', 'task.reject') and not exists (select from sijil.decisions d
        where d.tenant = a.tenant and d.person = a.actor and d.task::text = a.subject)`,
  },

  ENDED_RUN_HAS_OPEN_TASK: {
    says: 'the run has ended and a gate of it is still open',
    sql: `select t.tenant, 'task ' || t.id as subject from sijil.tasks t join sijil.runs r on r.tenant = t.tenant and r.id = t.run
      where r.status = 'ended' and t.state = 'open' and t.kind = 'gate'`,
  },
  ENDED_RUN_WAITS: {
    says: 'the run has ended and still waits',
    sql: `select w.tenant, w.run || '/' || w.key as subject from sijil.waits w join sijil.runs r on r.tenant = w.tenant and r.id = w.run
      where r.status = 'ended'`,
  },
  ENDED_RUN_IS_HELD: {
    says: 'the run has ended and a worker still holds it',
    sql: `select r.tenant, ${RUN} as subject from sijil.runs r where r.status = 'ended' and r.worker is not null`,
  },
  COMPENSATED_WITHOUT_UNDO: {
    says: 'the run says that all was taken back, and of this effect there is no undo on record',
    sql: `select e.tenant, e.run || '/' || e.key as subject from sijil.effects e join sijil.runs r on r.tenant = e.tenant and r.id = e.run
      where r.undo = 'compensated' and e.undoable and e.of is null and e.state in ('started', 'done', 'in_doubt')
        and not exists (select from sijil.records c where c.tenant = e.tenant and c.run = e.run and c.key = 'undo ' || e.key and c.outcome = 'value')`,
  },

  EFFECT_WITHOUT_AUTHORITY: {
    says: 'the effect was started, and no decision of others on this very subject lists it (class B), or it is never allowed (class C)',
    sql: `select e.tenant, e.run || '/' || e.key as subject from sijil.effects e
      left join sijil.policies p on p.tenant = e.tenant and p.action = e.action
      where e.of is null and e.action is not null and coalesce(p.class, 'B') <> 'A' and (p.class = 'C' or not exists (
        select from sijil.tasks t where t.tenant = e.tenant and t.run = e.run and t.kind = 'gate' and t.subject = e.subject
          and t.authorises -> t.state @> jsonb_build_array(jsonb_build_object('step', e.step, 'action', e.action)) and ${decidedByOthers}))`,
  },
  TASK_NOT_DECIDED: {
    says: 'the task counts as decided, and the decisions of others that this needs are not there',
    sql: `select t.tenant, 'task ' || t.id as subject from sijil.tasks t
      where t.kind = 'gate' and t.state in ('approved', 'returned', 'rejected') and not ${decidedByOthers}`,
  },
  DECISION_NOT_DELIVERED: {
    says: 'the task was decided, and the run was never told',
    sql: `select t.tenant, 'task ' || t.id as subject from sijil.tasks t
      where t.kind = 'gate' and t.state in ('approved', 'returned', 'rejected') and not exists (select from sijil.signals s
        where s.tenant = t.tenant and s.run = t.run and s.id = 'decision/' || t.id)`,
  },
  GATE_ASKED_DIFFERENTLY: {
    says: 'the run went on from another packet than the one that was decided on',
    sql: `select t.tenant, 'task ' || t.id as subject from sijil.tasks t
      join sijil.records c on c.tenant = t.tenant and c.run = t.run and c.key = t.key and c.kind = 'gate'
      where t.kind = 'gate' and c.digest <> t.digest`,
  },

  EFFECT_WITHOUT_RECORD: {
    says: 'the effect was made, and its result is not on record',
    sql: `select e.tenant, e.run || '/' || e.key as subject from sijil.effects e
      where e.state = 'done' and not exists (select from sijil.records c
        where c.tenant = e.tenant and c.run = e.run and c.key = e.key and c.outcome = 'value')`,
  },
  RECORD_WITHOUT_EFFECT: {
    says: 'a result is on record, and the effect does not count as made',
    sql: `select e.tenant, e.run || '/' || e.key as subject from sijil.effects e
      join sijil.records c on c.tenant = e.tenant and c.run = e.run and c.key = e.key
      where c.outcome = 'value' and e.state <> 'done' and c.value <> '"there was nothing to undo"'`,
  },
  EFFECT_WITHOUT_RECEIPT: {
    says: 'something was done outside, and there is no receipt that proves it',
    sql: `select e.tenant, e.run || '/' || e.key as subject from sijil.effects e
      left join sijil.effects o on o.tenant = e.tenant and o.run = e.run and o.key = e.of
      where e.state = 'done' and coalesce(e.action, o.action) is not null and not exists (select from sijil.receipts p
        where p.tenant = e.tenant and p.run = e.run and p.key = e.key)`,
  },
  RECEIPT_DIFFERS: {
    says: 'the receipt was given for another request or another result',
    sql: `select p.tenant, 'receipt ' || p.id as subject from sijil.receipts p
      join sijil.effects e on e.tenant = p.tenant and e.run = p.run and e.key = p.key
      left join sijil.records c on c.tenant = p.tenant and c.run = p.run and c.key = p.key
      where p.request_digest <> encode(sha256(convert_to(e.input, 'UTF8')), 'hex')
        or p.result_digest <> encode(sha256(convert_to(c.value, 'UTF8')), 'hex')`,
  },
  UNDO_OUT_OF_ORDER: {
    says: 'it was taken back before something that was started after it',
    sql: `with undone as (
        select u.tenant, u.run, u.key, u.of, u.started_seq as undone_at, o.started_seq as made_at
          from sijil.effects u join sijil.effects o on o.tenant = u.tenant and o.run = u.run and o.key = u.of
          join sijil.records g on g.tenant = u.tenant and g.run = u.run and g.key = 'ending'
          left join sijil.records c on c.tenant = u.tenant and c.run = u.run and c.key = u.key
          where c.seq is null or c.seq > g.seq)
      select one.tenant, one.run || '/' || one.key as subject from undone one
        where exists (select from undone other where other.tenant = one.tenant and other.run = one.run
          and other.undone_at > one.undone_at and other.made_at > one.made_at and not ${waitedForAPerson})
          and not ${beganInARace}`,
  },

  SIGNAL_MISSING: {
    says: 'the run was told more than its mailbox holds, or less',
    sql: `select r.tenant, ${RUN} as subject from sijil.runs r
      left join (select tenant, run, count(*) as signals, max(number) as last from sijil.signals group by tenant, run) s
        on s.tenant = r.tenant and s.run = r.id
      where r.mailbox <> coalesce(s.signals, 0) or r.mailbox <> coalesce(s.last, 0)`,
  },
  SIGNAL_TAKEN_BY_NOTHING: {
    says: 'something took the signal, and it is not on record',
    sql: `select s.tenant, s.run || '/' || s.id as subject from sijil.signals s
      where s.consumed_by is not null and not (s.kind = 'cancel' and s.consumed_by = 'refused')
        and not exists (select from sijil.records c where c.tenant = s.tenant and c.run = s.run and c.key = s.consumed_by)
        and not exists (select from sijil.effects e where e.tenant = s.tenant and e.run = s.run and e.key = s.consumed_by)`,
  },
} as const

export type LedgerCheckCode = keyof typeof checks

export interface LedgerCheck {
  readonly code: LedgerCheckCode
  /** What is wrong, after the subject and a colon. */
  readonly says: string
  readonly sql: string
}

export const ledgerChecks: readonly LedgerCheck[] = Object.entries(checks).map(([code, check]) => ({
  // The entries of an object have its own keys.
  code: code as LedgerCheckCode,
  ...check,
}))
