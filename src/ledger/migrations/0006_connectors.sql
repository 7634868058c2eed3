-- What happens around a call of a connector: attempts that were held back, pauses, and rate limits that all processes share.

-- An attempt that the connector did not let begin keeps its number, which fences the attempts before it, and is counted here.
alter table sijil.effects add column held integer not null default 0;

-- Mended where it stands: written out again, the rest of it would be there twice.
do $$
declare
  v_text text := pg_get_functiondef('sijil.commit_rare'::regproc);
  v_mended text;
begin
  v_mended := replace(v_text, 'problem = b.problem' || chr(10), 'problem = b.problem, held = coalesce(b.held, f.held)' || chr(10));
  v_mended := replace(v_mended, 'b (key text, state text, wait_ms bigint, problem text)', 'b (key text, state text, wait_ms bigint, problem text, held integer)');
  if length(v_mended) <> length(v_text) + length(', held = coalesce(b.held, f.held)') + length(', held integer') then
    raise exception 'sijil.commit_rare is not as it was: nothing was changed';
  end if;
  execute v_mended;
end $$;

-- Accounts of connectors that somebody has paused: who did last, and whether they have been resumed since.
create table sijil.connector_pauses (
  tenant text not null,
  connector text not null,
  account text not null,
  person text not null,
  why text not null,
  paused_ms bigint not null,
  resumed_ms bigint,
  primary key (tenant, connector, account)
);

-- The turns that were given out last, one row for each limit of an account; tenant '' where an account serves the whole installation.
-- `turns`: when the latest of them were, in order, as many as the limit allows within its window. `closed_until_ms`: the vendor asked
-- to be left alone.
create table sijil.rate_limits (
  tenant text not null,
  connector text not null,
  account text not null,
  name text not null,
  turns bigint[] not null default '{}',
  closed_until_ms bigint not null default 0,
  primary key (tenant, connector, account, name)
) with (fillfactor = 50);

do $$
declare name text;
begin
  foreach name in array array['connector_pauses', 'rate_limits'] loop
    execute format('alter table sijil.%I enable row level security', name);
    execute format('create policy of_tenant on sijil.%I to sijil_member using (tenant = current_setting(''sijil.tenant'', true)) with check (tenant = current_setting(''sijil.tenant'', true))', name);
    execute format('create policy of_engine on sijil.%I to sijil_engine using (true) with check (true)', name);
    execute format('create policy of_sealer on sijil.%I to sijil_sealer using (true) with check (true)', name);
    execute format('grant select on sijil.%I to sijil_member, sijil_engine', name);
  end loop;
end $$;
grant insert, update on sijil.connector_pauses to sijil_member;
grant insert, update on sijil.rate_limits to sijil_engine;

-- Answers PAUSED or ALREADY_PAUSED: who paused it first stays on record.
create function sijil.pause_connector(p_tenant text, p_connector text, p_account text, p_person text, p_source text, p_why text) returns text
language plpgsql as $$
begin
  insert into sijil.connector_pauses as c (tenant, connector, account, person, why, paused_ms)
    values (p_tenant, p_connector, p_account, p_person, p_why, sijil.now_ms())
    on conflict (tenant, connector, account) do update
      set person = excluded.person, why = excluded.why, paused_ms = excluded.paused_ms, resumed_ms = null where c.resumed_ms is not null;
  if not found then return 'ALREADY_PAUSED'; end if;
  perform sijil.note(p_tenant, p_person, 'connector.paused', null, p_connector || '/' || p_account, 'open', 'paused', p_source, p_why);
  return 'PAUSED';
end $$;

-- Answers RESUMED or NOT_PAUSED. What was held back comes back by itself: it looks again every few seconds.
create function sijil.resume_connector(p_tenant text, p_connector text, p_account text, p_person text, p_source text, p_why text) returns text
language plpgsql as $$
begin
  update sijil.connector_pauses set resumed_ms = sijil.now_ms()
    where tenant = p_tenant and connector = p_connector and account = p_account and resumed_ms is null;
  if not found then return 'NOT_PAUSED'; end if;
  perform sijil.note(p_tenant, p_person, 'connector.resumed', null, p_connector || '/' || p_account, 'paused', 'open', p_source, p_why);
  return 'RESUMED';
end $$;

-- Gives out up to `p_wanted` turns as early as they may be, and `p_ahead` more at even distances, none later than `p_horizon_ms` from
-- now. Whatever `p_size` turns follow each other, the first and the next after them are at least `p_window_ms` apart. Answers one row for
-- each turn; when there is none, one with null and when the next would be.
create function sijil.take_turns(
  p_tenant text, p_connector text, p_account text, p_name text,
  p_size integer, p_window_ms bigint, p_wanted integer, p_ahead integer, p_horizon_ms bigint
) returns table (turn bigint, next bigint, now_ms bigint, held boolean)
language plpgsql as $$
declare
  v_now bigint;
  v_turns bigint[];
  v_given bigint[] := '{}';
  v_closed bigint;
  v_next bigint;
  v_spread bigint := 0;
begin
  insert into sijil.rate_limits (tenant, connector, account, name) values (p_tenant, p_connector, p_account, p_name) on conflict do nothing;
  select l.turns into v_turns from sijil.rate_limits l
    where l.tenant = p_tenant and l.connector = p_connector and l.account = p_account and l.name = p_name for update;
  v_now := sijil.now_ms(); -- after the lock: turns are given out in the order of time
  select max(closed_until_ms) into v_closed from sijil.rate_limits l
    where l.tenant = p_tenant and l.connector = p_connector and l.account = p_account;
  -- The clock was set back: what was given out by its old time says nothing any more.
  if v_turns[cardinality(v_turns)] > v_now + p_horizon_ms + p_window_ms then v_turns := '{}'; end if;
  loop
    v_next := greatest(v_now, v_closed, v_turns[cardinality(v_turns)] + v_spread,
      case when cardinality(v_turns) >= p_size then v_turns[cardinality(v_turns) - p_size + 1] + p_window_ms end);
    exit when cardinality(v_given) >= p_wanted + p_ahead or v_next > v_now + p_horizon_ms;
    v_given := v_given || v_next;
    v_turns := v_turns || v_next;
    if cardinality(v_given) >= p_wanted then v_spread := p_window_ms / p_size; end if;
  end loop;
  if cardinality(v_given) > 0 then
    update sijil.rate_limits l set turns = v_turns[greatest(1, cardinality(v_turns) - p_size + 1):]
      where l.tenant = p_tenant and l.connector = p_connector and l.account = p_account and l.name = p_name;
  end if;
  return query
    select g.turn, v_next, v_now, exists (select from sijil.clock)
      from (select null::bigint as turn where cardinality(v_given) = 0 union all select unnest(v_given)) g;
end $$;

-- The vendor asked to be left alone for so long: whoever serves this account minds it.
create function sijil.close_account(p_tenant text, p_connector text, p_account text, p_ms bigint) returns void language sql as $$
  insert into sijil.rate_limits as l (tenant, connector, account, name, closed_until_ms)
    values (p_tenant, p_connector, p_account, '', sijil.now_ms() + p_ms)
    on conflict (tenant, connector, account, name) do update set closed_until_ms = greatest(l.closed_until_ms, excluded.closed_until_ms)
$$;
