-- The log of outgoing webhooks ends, and an endpoint says since when it fails.

-- The first attempt that failed after the last that did not.
alter table sijil.webhook_endpoints add column failing_since_ms bigint;
grant update (failing_since_ms) on sijil.webhook_endpoints to sijil_engine;

-- Of a message that has ended `due_ms` is when it did. Its attempts go with it; what still waits nobody can remove.
create index webhook_messages_ended on sijil.webhook_messages (due_ms) where state <> 'waiting';
alter table sijil.webhook_attempts drop constraint webhook_attempts_tenant_message_fkey;
alter table sijil.webhook_attempts add constraint webhook_attempts_tenant_message_fkey
  foreign key (tenant, message) references sijil.webhook_messages on delete cascade;
grant delete on sijil.webhook_messages to sijil_engine;
create policy ended_only on sijil.webhook_messages as restrictive for delete to sijil_engine using (state <> 'waiting');

-- As before, but what is withdrawn ends now, whenever it was due.
create or replace function sijil.change_webhook(p_tenant text, p_id uuid, p_state text, p_person text, p_source text, p_why text) returns text
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
    update sijil.webhook_messages set state = 'withdrawn', due_ms = sijil.now_ms()
      where tenant = p_tenant and endpoint = p_id and state = 'waiting';
  else
    update sijil.webhook_endpoints set state = p_state, why = p_why, held_until_ms = 0 where tenant = p_tenant and id = p_id;
  end if;
  perform sijil.note(p_tenant, p_person, 'webhook.' || p_state, null, p_id::text, v_was, p_state, p_source, p_why);
  return 'CHANGED';
end $$;

-- As before, but the endpoint remembers since when it fails.
create or replace function sijil.end_webhook_attempt(p_worker text, p_tenant text, p_endpoint uuid, p_epoch integer, p_message text, p_number integer,
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
  if (v_endpoint.failing_since_ms is null) <> (p_outcome = 'delivered') then
    update sijil.webhook_endpoints set failing_since_ms = case when p_outcome = 'delivered' then null else v_now end
      where tenant = p_tenant and id = p_endpoint;
  end if;
  if p_hold_ms > 0 then
    update sijil.webhook_endpoints set held_until_ms = v_now + p_hold_ms where tenant = p_tenant and id = p_endpoint;
  end if;
  if p_outcome = 'gone' and v_endpoint.state = 'active' then
    update sijil.webhook_endpoints set state = 'disabled', why = '410 Gone' where tenant = p_tenant and id = p_endpoint;
    perform sijil.note(p_tenant, 'sijil', 'webhook.disabled', null, p_endpoint::text, 'active', 'disabled', p_worker, '410 Gone');
  end if;
  return true;
end $$;
