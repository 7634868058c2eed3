-- Outgoing webhooks: systems of customers are told what happens. An endpoint follows its tenant's audit trail by the places of the
-- leaves: they are without gaps and final, where an audit row of a smaller id may commit later. What its filter lets through
-- becomes a message, in the same commit that moves its place on, so that nothing is lost or told twice by the follower.
-- Lock order: the endpoint, then its messages.
create table sijil.webhook_endpoints (
  tenant text not null references sijil.tenants,
  id uuid not null,
  url text not null,
  events text[] not null,
  state text not null check (state in ('active', 'paused', 'disabled', 'removed')),
  why text,
  -- Sealed under the master key. While both are there, both sign.
  secret bytea,
  secret_before bytea,
  both_until_ms bigint,
  added_ms bigint not null,
  next_leaf bigint not null,
  -- One worker at a time delivers to an endpoint, and in order; whoever lost the lease finds another epoch.
  epoch integer not null default 0,
  worker text,
  lease_ms bigint not null default 0,
  -- The other side asked for quiet until then.
  held_until_ms bigint not null default 0,
  served_ms bigint not null default 0,
  primary key (tenant, id),
  check ((state = 'removed') = (secret is null))
);
create index webhook_endpoints_active on sijil.webhook_endpoints (served_ms, id) where state = 'active';

create table sijil.webhook_messages (
  tenant text not null,
  id text not null, -- the same on every attempt
  endpoint uuid not null,
  leaf bigint not null,
  type text not null,
  run uuid,
  body text not null, -- the very bytes that are signed
  at_ms bigint not null,
  state text not null check (state in ('waiting', 'delivered', 'failed', 'withdrawn')),
  attempts integer not null default 0,
  tries integer not null default 0, -- attempts since it was made, or asked for again
  due_ms bigint not null,
  primary key (tenant, id),
  unique (tenant, endpoint, leaf),
  foreign key (tenant, endpoint) references sijil.webhook_endpoints
);
create index webhook_messages_waiting on sijil.webhook_messages (tenant, endpoint, due_ms, leaf) where state = 'waiting';
create index webhook_messages_latest on sijil.webhook_messages (tenant, leaf, id);

-- Written before the call, so that an attempt whose process died is there too.
create table sijil.webhook_attempts (
  tenant text not null,
  message text not null,
  number integer not null,
  started_ms bigint not null,
  ended_ms bigint,
  outcome text check (outcome in ('delivered', 'refused', 'redirected', 'gone', 'throttled', 'no_answer', 'not_sent', 'unknown')),
  status integer,
  primary key (tenant, message, number),
  foreign key (tenant, message) references sijil.webhook_messages
);

do $$
declare name text;
begin
  foreach name in array array['webhook_endpoints', 'webhook_messages', 'webhook_attempts'] loop
    execute format('alter table sijil.%I enable row level security', name);
    execute format('create policy of_tenant on sijil.%I to sijil_member using (tenant = current_setting(''sijil.tenant'', true)) with check (tenant = current_setting(''sijil.tenant'', true))', name);
    execute format('create policy of_engine on sijil.%I to sijil_engine using (true) with check (true)', name);
    execute format('grant select on sijil.%I to sijil_member, sijil_engine', name);
  end loop;
end $$;
grant insert on sijil.webhook_endpoints to sijil_member;
grant update (state, why, secret, secret_before, both_until_ms, held_until_ms) on sijil.webhook_endpoints to sijil_member;
grant update (state, tries, due_ms) on sijil.webhook_messages to sijil_member;
grant update (state, why, next_leaf, epoch, worker, lease_ms, held_until_ms, served_ms) on sijil.webhook_endpoints to sijil_engine;
grant insert on sijil.webhook_messages, sijil.webhook_attempts to sijil_engine;
grant update (state, attempts, tries, due_ms) on sijil.webhook_messages to sijil_engine;
grant update (ended_ms, outcome, status) on sijil.webhook_attempts to sijil_engine;

-- Where a tenant's trail ends now: whatever has no leaf yet comes after it.
create function sijil.trail_size(p_tenant text) returns bigint language sql stable as $$
  select coalesce((select first + count from sijil.tree_leaves where tenant = p_tenant order by first desc limit 1), 0)
$$;

-- What people do to endpoints. -------------------------------------------------------------------------------------------------

create function sijil.add_webhook(p_tenant text, p_id uuid, p_url text, p_events text[], p_secret bytea, p_person text, p_source text) returns void
language plpgsql as $$
begin
  insert into sijil.webhook_endpoints (tenant, id, url, events, state, secret, added_ms, next_leaf)
    values (p_tenant, p_id, p_url, p_events, 'active', p_secret, sijil.now_ms(), sijil.trail_size(p_tenant));
  perform sijil.note(p_tenant, p_person, 'webhook.added', null, p_id::text, null, array_to_string(p_events, ' '), p_source, null);
end $$;

-- Answers CHANGED (also when it was so already), or why not. An endpoint that was removed stays removed: its secret is gone.
create function sijil.change_webhook(p_tenant text, p_id uuid, p_state text, p_person text, p_source text, p_why text) returns text
language plpgsql as $$
declare v_was text;
begin
  select state into v_was from sijil.webhook_endpoints where tenant = p_tenant and id = p_id for update;
  if not found then return 'NO_SUCH_ENDPOINT'; end if;
  if v_was = p_state then return 'CHANGED'; end if;
  if v_was = 'removed' then return 'ENDPOINT_REMOVED'; end if;
  if p_state = 'removed' then
    update sijil.webhook_endpoints set state = 'removed', why = p_why, secret = null, secret_before = null, both_until_ms = null
      where tenant = p_tenant and id = p_id;
    update sijil.webhook_messages set state = 'withdrawn' where tenant = p_tenant and endpoint = p_id and state = 'waiting';
  else
    update sijil.webhook_endpoints set state = p_state, why = p_why, held_until_ms = 0 where tenant = p_tenant and id = p_id;
  end if;
  perform sijil.note(p_tenant, p_person, 'webhook.' || p_state, null, p_id::text, v_was, p_state, p_source, p_why);
  return 'CHANGED';
end $$;

-- The secret of before signs beside the new one for a while; the one before that no longer does.
create function sijil.rotate_webhook(p_tenant text, p_id uuid, p_secret bytea, p_both_ms bigint, p_person text, p_source text)
returns table (answer text, until_ms bigint) language plpgsql as $$
#variable_conflict use_column
declare v_was text;
declare v_until bigint;
begin
  select state into v_was from sijil.webhook_endpoints where tenant = p_tenant and id = p_id for update;
  if not found then return query select 'NO_SUCH_ENDPOINT', null::bigint; return; end if;
  if v_was = 'removed' then return query select 'ENDPOINT_REMOVED', null::bigint; return; end if;
  v_until := sijil.now_ms() + p_both_ms;
  update sijil.webhook_endpoints set secret_before = secret, secret = p_secret, both_until_ms = v_until where tenant = p_tenant and id = p_id;
  perform sijil.note(p_tenant, p_person, 'webhook.rotated', null, p_id::text, null, null, p_source, null);
  return query select 'CHANGED', v_until;
end $$;

-- Sends again what was delivered or given up: one message, or those of an endpoint that are about what happened since.
create function sijil.replay_webhooks(p_tenant text, p_endpoint uuid, p_message text, p_since bigint, p_failed boolean, p_person text, p_source text)
returns table (answer text, messages integer) language plpgsql as $$
#variable_conflict use_column
declare v_endpoint uuid := p_endpoint;
declare v_was text;
declare v_count integer;
begin
  if p_message is not null then
    select endpoint into v_endpoint from sijil.webhook_messages where tenant = p_tenant and id = p_message;
    if not found then return query select 'NO_SUCH_MESSAGE', 0; return; end if;
  end if;
  select state into v_was from sijil.webhook_endpoints where tenant = p_tenant and id = v_endpoint for update;
  if not found then return query select 'NO_SUCH_ENDPOINT', 0; return; end if;
  if v_was = 'removed' then return query select 'ENDPOINT_REMOVED', 0; return; end if;
  update sijil.webhook_messages set state = 'waiting', tries = 0, due_ms = sijil.now_ms()
    where tenant = p_tenant and endpoint = v_endpoint and (p_message is null or id = p_message) and (p_since is null or at_ms >= p_since)
      and (state = 'failed' or (not p_failed and state = 'delivered') or (state = 'waiting' and attempts > 0));
  get diagnostics v_count = row_count;
  perform sijil.note(p_tenant, p_person, 'webhook.replayed', null, coalesce(p_message, v_endpoint::text), null, v_count::text, p_source, null);
  return query select 'REPLAYED', v_count;
end $$;

-- What the workers do. ---------------------------------------------------------------------------------------------------------

-- Takes the endpoint that was served longest ago and has something due, or something of the trail to look at.
create function sijil.claim_webhook(p_worker text, p_lease_ms bigint) returns table (tenant text, endpoint uuid, epoch integer)
language plpgsql as $$
#variable_conflict use_column
declare v_now bigint := sijil.now_ms();
begin
  return query
    with due as (
      select e.tenant, e.id from sijil.webhook_endpoints e
        where e.state = 'active' and e.lease_ms <= v_now and e.held_until_ms <= v_now
          and (e.next_leaf < sijil.trail_size(e.tenant)
            or exists (select from sijil.webhook_messages m
              where m.tenant = e.tenant and m.endpoint = e.id and m.state = 'waiting' and m.due_ms <= v_now))
        order by e.served_ms, e.id limit 1 for update skip locked)
    update sijil.webhook_endpoints e set worker = p_worker, epoch = e.epoch + 1, lease_ms = v_now + p_lease_ms, served_ms = v_now
      from due where e.tenant = due.tenant and e.id = due.id
      returning e.tenant, e.id, e.epoch;
end $$;

-- The next message that is due, with its attempt written down. No row: nothing is due, the endpoint is not active, or the lease is
-- lost. Attempts whose worker is gone are `unknown` from here on.
create function sijil.begin_webhook_attempt(p_tenant text, p_endpoint uuid, p_epoch integer, p_lease_ms bigint)
returns table (message text, body text, number integer, try integer, now_ms bigint, url text, secret bytea, secret_before bytea)
language plpgsql as $$
#variable_conflict use_column
declare v_endpoint sijil.webhook_endpoints;
declare v_message sijil.webhook_messages;
declare v_now bigint;
begin
  select * into v_endpoint from sijil.webhook_endpoints where tenant = p_tenant and id = p_endpoint for update;
  v_now := sijil.now_ms(); -- after the lock
  if v_endpoint.epoch is distinct from p_epoch or v_endpoint.state <> 'active' or v_endpoint.held_until_ms > v_now then return; end if;
  select * into v_message from sijil.webhook_messages
    where tenant = p_tenant and endpoint = p_endpoint and state = 'waiting' and due_ms <= v_now
    order by due_ms, leaf limit 1 for update;
  if not found then return; end if;
  update sijil.webhook_endpoints set lease_ms = v_now + p_lease_ms where tenant = p_tenant and id = p_endpoint;
  update sijil.webhook_attempts set outcome = 'unknown', ended_ms = v_now
    where tenant = p_tenant and message = v_message.id and outcome is null;
  update sijil.webhook_messages set attempts = attempts + 1, tries = tries + 1 where tenant = p_tenant and id = v_message.id;
  insert into sijil.webhook_attempts (tenant, message, number, started_ms) values (p_tenant, v_message.id, v_message.attempts + 1, v_now);
  return query select v_message.id, v_message.body, v_message.attempts + 1, v_message.tries + 1, v_now, v_endpoint.url, v_endpoint.secret,
    case when v_endpoint.both_until_ms > v_now then v_endpoint.secret_before end;
end $$;

-- How the attempt ended. `p_wait_ms`: until the next one; null when there is none. `p_hold_ms`: for how long nothing is sent to the
-- endpoint. Answers whether the worker still has the lease; if not, another has settled the attempt.
create function sijil.end_webhook_attempt(p_worker text, p_tenant text, p_endpoint uuid, p_epoch integer, p_message text, p_number integer,
  p_outcome text, p_status integer, p_wait_ms bigint, p_hold_ms bigint) returns boolean language plpgsql as $$
declare v_endpoint sijil.webhook_endpoints;
declare v_now bigint;
begin
  select * into v_endpoint from sijil.webhook_endpoints where tenant = p_tenant and id = p_endpoint for update;
  if v_endpoint.epoch is distinct from p_epoch then return false; end if;
  v_now := sijil.now_ms();
  update sijil.webhook_attempts set outcome = p_outcome, status = p_status, ended_ms = v_now
    where tenant = p_tenant and message = p_message and number = p_number;
  -- What was withdrawn meanwhile stays so.
  update sijil.webhook_messages
    set state = case when p_outcome = 'delivered' then 'delivered' when p_wait_ms is null then 'failed' else 'waiting' end,
        due_ms = v_now + coalesce(p_wait_ms, 0)
    where tenant = p_tenant and id = p_message and state = 'waiting';
  if p_hold_ms > 0 then
    update sijil.webhook_endpoints set held_until_ms = v_now + p_hold_ms where tenant = p_tenant and id = p_endpoint;
  end if;
  if p_outcome = 'gone' and v_endpoint.state = 'active' then
    update sijil.webhook_endpoints set state = 'disabled', why = '410 Gone' where tenant = p_tenant and id = p_endpoint;
    perform sijil.note(p_tenant, 'sijil', 'webhook.disabled', null, p_endpoint::text, 'active', 'disabled', p_worker, '410 Gone');
  end if;
  return true;
end $$;

create function sijil.release_webhook(p_tenant text, p_endpoint uuid, p_epoch integer) returns void language sql as $$
  update sijil.webhook_endpoints set lease_ms = 0, worker = null where tenant = p_tenant and id = p_endpoint and epoch = p_epoch
$$;
