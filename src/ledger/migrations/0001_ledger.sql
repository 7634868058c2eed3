-- The durable record. Times are milliseconds since 1970 by the ledger's clock (sijil.now_ms), except in the audit log.
-- Lock order, everywhere: runs by (tenant, id), then whatever hangs on a run.

-- Roles are cluster-wide, and several installations may be migrated at once.
do $$
declare wanted text;
begin
  foreach wanted in array array['sijil_engine', 'sijil_member', 'sijil_sealer'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception when duplicate_object or unique_violation then null;
    end;
    begin
      execute format('grant %I to current_user', wanted);
    exception when others then
      if sqlstate <> 'XX000' then raise; end if; -- «tuple concurrently updated»: the other installation has granted it
    end;
  end loop;
end $$;
grant usage on schema sijil to sijil_engine, sijil_member, sijil_sealer;

-- One row when a test holds the clock; none in production.
create table sijil.clock (held boolean primary key default true check (held), at_ms bigint not null);
create function sijil.now_ms() returns bigint language sql stable parallel safe as
  $$ select coalesce((select at_ms from sijil.clock), (extract(epoch from clock_timestamp()) * 1000)::bigint) $$;
create function sijil.instant(ms bigint) returns timestamptz language sql immutable parallel safe as
  $$ select to_timestamp(ms / 1000.0) $$;

-- One row once a snapshot has been restored: runs created before it may have forgotten what they sent.
create table sijil.restored (one boolean primary key default true check (one), at_ms bigint not null);

create table sijil.tenants (
  tenant text primary key,
  name_en text not null,
  name_ar text not null,
  created_ms bigint not null
);

create table sijil.people (
  tenant text not null references sijil.tenants,
  person text not null,
  name_en text not null,
  name_ar text not null,
  roles text[] not null,
  key_digest bytea not null unique, -- SHA-256 of the person's key: the key itself is not kept
  language text not null default 'ar' check (language in ('ar', 'en')),
  primary key (tenant, person)
);
create table sijil.delegations (
  tenant text not null,
  from_person text not null,
  to_person text not null,
  until_ms bigint not null,
  primary key (tenant, from_person, to_person)
);

-- A runs, B needs a decision that lists it, C never runs. An action that is not here counts as B.
create table sijil.policies (
  tenant text not null references sijil.tenants,
  action text not null,
  class text not null check (class in ('A', 'B', 'C')),
  why text not null,
  primary key (tenant, action)
);
create table sijil.holidays (
  tenant text not null references sijil.tenants,
  day date not null,
  title_en text not null,
  title_ar text not null,
  primary key (tenant, day)
);

create table sijil.runs (
  tenant text not null,
  id uuid not null,
  workflow text not null,
  version integer not null,
  engine text not null check (engine in ('inline', 'local', 'temporal')),
  status text not null check (status in ('ready', 'running', 'waiting', 'stuck', 'ended')),
  requester text not null,
  input text not null,
  created_ms bigint not null,
  -- Fencing: a worker writes only with the epoch it was given. `due_ms`: when somebody must look at the run again; the
  -- end of the lease while it runs, the next deadline while it waits.
  epoch integer not null default 0,
  worker text,
  due_ms bigint not null,
  -- How many records, batches of writes and signals the run has had. None has gaps.
  seq integer not null default 0,
  batch integer not null default 0,
  mailbox integer not null default 0,
  pivoted boolean not null default false,
  outcome text,
  undo text check (undo in ('nothing', 'compensated', 'incomplete', 'skipped')),
  result text,
  why text,
  stuck_code text,
  ended_ms bigint,
  primary key (tenant, id),
  check ((status = 'ended') = (outcome is not null)),
  check ((status = 'stuck') = (stuck_code is not null))
) with (fillfactor = 85);
create index runs_due on sijil.runs (due_ms) where status in ('ready', 'running', 'waiting');
-- Found by its id alone when something comes for it.
create index runs_apart on sijil.runs (id) where engine = 'temporal' and status <> 'ended';
create index runs_alive on sijil.runs (tenant, id) where status <> 'ended';

-- What is settled: one row for each key, never changed.
create table sijil.records (
  tenant text not null,
  run uuid not null,
  key text not null,
  seq integer not null,
  kind text not null,
  name text not null,
  digest text not null,
  outcome text not null check (outcome in ('value', 'returned', 'rejected', 'expired', 'failed')),
  value text not null,
  at_ms bigint not null,
  primary key (tenant, run, key)
);

-- Every effect that was started, and every undo of one.
create table sijil.effects (
  tenant text not null,
  run uuid not null,
  key text not null,
  step text not null,
  of text, -- the effect that this one takes back
  action text,
  subject text,
  undoable boolean not null,
  input text not null,
  state text not null check (state in ('started', 'not_made', 'done', 'refused', 'in_doubt', 'never', 'parked')),
  generation integer not null,
  attempt integer not null,
  deadline_ms bigint not null,
  retry_ms bigint,
  problem text,
  started_seq integer not null,
  started_ms bigint not null,
  primary key (tenant, run, key),
  foreign key (tenant, run) references sijil.runs
);
create index effects_open on sijil.effects (tenant, run) where state in ('started', 'not_made', 'in_doubt', 'parked');

create table sijil.receipts (
  tenant text not null,
  id uuid not null,
  run uuid not null,
  key text not null,
  action text not null,
  request_digest text not null,
  result_digest text not null,
  trace text not null,
  at_ms bigint not null,
  primary key (tenant, id),
  foreign key (tenant, run, key) references sijil.effects
);

-- What a run waits for now. A settled wait is a record, and its row here is gone.
create table sijil.waits (
  tenant text not null,
  run uuid not null,
  key text not null,
  kind text not null check (kind in ('gate', 'signal', 'sleep')),
  name text not null,
  digest text not null,
  opened_ms bigint not null,
  due_ms bigint,
  primary key (tenant, run, key),
  foreign key (tenant, run) references sijil.runs
);

create table sijil.tasks (
  tenant text not null,
  id uuid not null,
  kind text not null check (kind in ('gate', 'late signal')),
  run uuid not null,
  key text not null,
  gate text not null,
  state text not null check (state in ('open', 'approved', 'returned', 'rejected', 'expired', 'escalated', 'withdrawn')),
  packet text not null,
  digest text not null,
  subject text not null,
  authorises jsonb not null,
  -- [{"roles": ["manager"], "by": null}]: every slot needs one person who holds one of its roles.
  slots jsonb not null,
  requester text not null,
  opened_ms bigint not null,
  due_ms bigint,
  decided_ms bigint,
  escalated_from text,
  primary key (tenant, id),
  unique (tenant, run, key),
  foreign key (tenant, run) references sijil.runs
);
create index tasks_open on sijil.tasks (tenant, opened_ms) where state = 'open';

create table sijil.decisions (
  tenant text not null,
  task uuid not null,
  person text not null,
  verdict text not null check (verdict in ('approve', 'return', 'reject')),
  value text not null,
  comments text,
  source text not null,
  at_ms bigint not null,
  primary key (tenant, task, person),
  foreign key (tenant, task) references sijil.tasks
);

-- The mailbox: kept before it is acknowledged.
create table sijil.signals (
  tenant text not null,
  run uuid not null,
  number integer not null,
  id text not null,
  kind text not null check (kind in ('signal', 'decision', 'cancel', 'resolution', 'sighting')),
  name text not null,
  payload text not null,
  source text not null,
  received_ms bigint not null,
  consumed_by text,
  primary key (tenant, run, number),
  unique (tenant, run, id),
  foreign key (tenant, run) references sijil.runs
);
-- A vendor's word that matches no run yet.
create table sijil.parked_signals (
  tenant text not null,
  connector text not null,
  account text not null,
  id text not null,
  effect_key text,
  event text not null,
  reference text not null,
  payload text not null,
  received_ms bigint not null,
  delivered_ms bigint,
  primary key (tenant, connector, account, id)
);
create table sijil.sightings (
  tenant text not null,
  effect_key text not null,
  connector text not null,
  account text not null,
  id text not null,
  reference text not null,
  what text not null,
  at_ms bigint not null,
  primary key (tenant, effect_key, connector, account, id)
);

-- What `record` steps keep for the organisation.
create table sijil.kept_records (
  tenant text not null,
  record text not null,
  id text not null,
  body text not null,
  run uuid not null,
  key text not null,
  at_ms bigint not null,
  primary key (tenant, record, id)
);

-- Idempotency keys of callers. The row outlives the run it names: a tombstone.
create table sijil.idempotency (
  tenant text not null,
  scope text not null,
  key text not null,
  digest text not null,
  answer text not null,
  at_ms bigint not null,
  primary key (tenant, scope, key)
);

create table sijil.audit (
  id bigint generated always as identity,
  tenant text not null,
  at timestamptz not null,
  actor text not null,
  what text not null,
  run uuid,
  subject text not null,
  old text,
  new text,
  source text not null,
  why text,
  primary key (tenant, id)
);
-- The leaf of an audit row: SHA-256(0x00 ‖ text), the text as `auditLeaf` of audit-row.ts writes it, which is what verifies it.
-- Made here, beside the rows: otherwise every row would travel to the sealer, and its leaf back.
create function sijil.audit_leaf(a sijil.audit) returns bytea language sql stable parallel safe as $$
  select sha256('\x00'::bytea || convert_to(concat(
    '[', to_json(a.tenant), ',', a.id, ',', (extract(epoch from a.at) * 1000)::float8, ',',
    substr(array_to_json(array[a.actor, a.what, a.run::text, a.subject, a.old, a.new, a.source, a.why])::text, 2)), 'UTF8'))
$$;
-- The leaves that one slice gave one tenant are one row, and there is no index by audit row: leaves, each a row in two indexes, cost
-- more than all that they seal. A row without a leaf is found among the latest leaves, by their places (`sealing`).
create table sijil.tree_leaves (
  tenant text not null,
  first bigint not null, -- the place of the first of them in the tree
  count integer not null,
  audits bigint[] not null,
  hashes bytea not null, -- one after another
  primary key (tenant, first),
  check (count > 0 and cardinality(audits) = count and octet_length(hashes) = 32 * count)
);
alter table sijil.tree_leaves alter hashes set storage external; -- hashes cannot be compressed, and are read in parts
create view sijil.leaves with (security_invoker = true) as
  select l.tenant, l.first + n.place - 1 as leaf, n.audit, substr(l.hashes, 32 * (n.place::integer - 1) + 1, 32) as hash
    from sijil.tree_leaves l cross join lateral unnest(l.audits) with ordinality n (audit, place);
create table sijil.tree_heads (
  tenant text not null,
  size bigint not null,
  root bytea not null,
  frontier bytea not null,
  at timestamptz not null,
  signer text not null,
  signature bytea not null,
  primary key (tenant, size)
);
-- Rows up to `final_below` have their leaf for good. Leaves of rows above it (above `seen`) have no place before `final_size`
-- (`seen_size`).
create table sijil.sealing (
  tenant text primary key,
  final_below bigint not null default 0,
  final_size bigint not null default 0,
  seen bigint not null default 0,
  seen_size bigint not null default 0,
  seen_xmax xid8
);
create table sijil.person_keys (
  tenant text not null,
  person text not null,
  wrapped bytea,
  created_at timestamptz not null,
  erased_at timestamptz,
  primary key (tenant, person)
);

create function sijil.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'sijil.% is append-only: nothing was changed', tg_table_name using errcode = 'SJ001';
end $$;
create trigger append_only before update or delete or truncate on sijil.audit for each statement execute function sijil.refuse_change();
create trigger append_only before update or delete or truncate on sijil.records for each statement execute function sijil.refuse_change();
create trigger append_only before update or delete or truncate on sijil.tree_leaves for each statement execute function sijil.refuse_change();
create trigger append_only before update or delete or truncate on sijil.tree_heads for each statement execute function sijil.refuse_change();

-- The sealer's rule needs every audit row's id to be taken within a transaction that is already numbered: else a transaction
-- that no snapshot counts as running could commit a smaller id later.
create function sijil.take_transaction_id() returns trigger language plpgsql as $$
begin
  perform pg_current_xact_id();
  return null;
end $$;
create trigger numbered_within_a_transaction before insert on sijil.audit for each statement execute function sijil.take_transaction_id();

-- Rows of one tenant are visible to members of that tenant only. The engine's writer serves all tenants and takes a row's
-- tenant from its run; the sealer reads audit rows and writes the tree.
do $$
declare name text;
begin
  foreach name in array array['tenants', 'people', 'delegations', 'policies', 'holidays', 'runs', 'records', 'effects', 'receipts',
      'waits', 'tasks', 'decisions', 'signals', 'parked_signals', 'sightings', 'kept_records', 'idempotency', 'audit',
      'tree_leaves', 'tree_heads', 'sealing', 'person_keys'] loop
    execute format('alter table sijil.%I enable row level security', name);
    execute format('create policy of_tenant on sijil.%I to sijil_member using (tenant = current_setting(''sijil.tenant'', true)) with check (tenant = current_setting(''sijil.tenant'', true))', name);
    execute format('create policy of_engine on sijil.%I to sijil_engine using (true) with check (true)', name);
    execute format('create policy of_sealer on sijil.%I to sijil_sealer using (true) with check (true)', name);
    execute format('grant select on sijil.%I to sijil_member, sijil_engine', name);
  end loop;
end $$;
grant select on sijil.clock, sijil.restored, sijil.leaves to sijil_engine, sijil_member, sijil_sealer;
grant insert, update on sijil.runs, sijil.effects, sijil.tasks, sijil.signals, sijil.kept_records, sijil.person_keys to sijil_engine;
grant insert, delete on sijil.waits to sijil_engine;
grant insert on sijil.records, sijil.receipts, sijil.idempotency, sijil.audit to sijil_engine;
grant insert, update on sijil.tasks, sijil.signals, sijil.parked_signals, sijil.person_keys to sijil_member;
grant insert on sijil.runs, sijil.decisions, sijil.sightings, sijil.idempotency, sijil.audit to sijil_member;
grant update (mailbox, status, due_ms, stuck_code, why) on sijil.runs to sijil_member;
grant select on sijil.audit, sijil.tree_leaves, sijil.tree_heads, sijil.sealing to sijil_sealer;
grant insert on sijil.tree_leaves, sijil.tree_heads to sijil_sealer;
grant insert, update on sijil.sealing to sijil_sealer;
