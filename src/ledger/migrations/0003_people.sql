-- What people and the outside world write: each function is one transition, guarded by what it finds under the lock of the
-- run. They run as the caller, under row-level security of one tenant.

create function sijil.note(p_tenant text, p_actor text, p_what text, p_run uuid, p_subject text, p_old text, p_new text, p_source text, p_why text)
returns void language sql as $$
  insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
    values (p_tenant, sijil.instant(sijil.now_ms()), p_actor, p_what, p_run, p_subject, p_old, p_new, p_source, p_why)
$$;

-- Puts a signal into the mailbox of a run and wakes it. One id is delivered once. Answers accepted, duplicate, late (the run
-- has ended: a task was opened) or unknown.
create function sijil.deliver_signal(p_tenant text, p_run uuid, p_id text, p_kind text, p_name text, p_payload text, p_actor text, p_source text)
returns text language plpgsql as $$
declare
  v_run sijil.runs;
  v_now bigint;
begin
  select * into v_run from sijil.runs where tenant = p_tenant and id = p_run for update;
  if not found then return 'unknown'; end if;
  if exists (select from sijil.signals where tenant = p_tenant and run = p_run and id = p_id) then return 'duplicate'; end if;
  v_now := sijil.now_ms(); -- after the lock: what was received later has the later time
  insert into sijil.signals (tenant, run, number, id, kind, name, payload, source, received_ms)
    values (p_tenant, p_run, v_run.mailbox + 1, p_id, p_kind, p_name, p_payload, p_source, v_now);
  update sijil.runs
    set mailbox = mailbox + 1,
        status = case when status = 'waiting' then 'ready' else status end,
        due_ms = case when status = 'waiting' then v_now else due_ms end
    where tenant = p_tenant and id = p_run;
  perform sijil.note(p_tenant, p_actor, 'signal.received', p_run, p_id, null, p_kind || ' ' || p_name, p_source, null);
  if v_run.status <> 'ended' then return 'accepted'; end if;
  if p_kind <> 'signal' then return 'late'; end if;
  insert into sijil.tasks (tenant, id, kind, run, key, gate, state, packet, digest, subject, authorises, slots, requester, opened_ms)
    values (p_tenant, gen_random_uuid(), 'late signal', p_run, 'late/' || p_id, p_name, 'open', p_payload, encode(sha256(convert_to(p_payload, 'UTF8')), 'hex'),
            p_id, '{}', '[{"roles": ["operator"], "by": null}]', v_run.requester, v_now);
  perform sijil.note(p_tenant, p_actor, 'task.opened', p_run, 'late/' || p_id, null, 'open', p_source, 'a signal came after the run had ended');
  return 'late';
end $$;

-- A person's decision: one compare-and-set. Answers {"code": …, "state": …}; any code but DECIDED and COUNTED changed nothing.
create function sijil.decide_task(p_tenant text, p_task uuid, p_person text, p_verdict text, p_digest text, p_value text, p_comments text, p_source text)
returns jsonb language plpgsql as $$
declare
  v_task sijil.tasks;
  v_run uuid;
  v_slot integer;
  v_slots jsonb;
  v_state text;
  v_roles text[];
  v_now bigint;
begin
  select run into v_run from sijil.tasks where tenant = p_tenant and id = p_task;
  if not found then return jsonb_build_object('code', 'NO_SUCH_TASK'); end if;
  perform from sijil.runs where tenant = p_tenant and id = v_run for update; -- lock order: the run, then its task
  select * into v_task from sijil.tasks where tenant = p_tenant and id = p_task for update;
  v_now := sijil.now_ms();
  select roles into v_roles from sijil.people where tenant = p_tenant and person = p_person;
  if not found then return jsonb_build_object('code', 'NO_SUCH_PERSON'); end if;
  if exists (select from sijil.decisions where tenant = p_tenant and task = p_task and person = p_person) then
    return jsonb_build_object('code', 'ALREADY_DECIDED', 'state', v_task.state);
  end if;
  if v_task.state <> 'open' then return jsonb_build_object('code', 'TASK_CLOSED', 'state', v_task.state); end if;
  if v_task.digest <> p_digest then return jsonb_build_object('code', 'STALE_DIGEST', 'state', v_task.state); end if;
  if v_task.due_ms <= v_now then return jsonb_build_object('code', 'TASK_EXPIRED', 'state', v_task.state); end if;
  if v_task.kind = 'gate' and (p_person = v_task.requester or exists (
      select from sijil.delegations where tenant = p_tenant and from_person = v_task.requester and to_person = p_person and until_ms > v_now)) then
    return jsonb_build_object('code', 'OWN_REQUEST', 'state', v_task.state);
  end if;
  select i - 1 into v_slot
    from jsonb_array_elements(v_task.slots) with ordinality s (slot, i)
    where slot ->> 'by' is null and exists (select from jsonb_array_elements_text(slot -> 'roles') r (role) where role = any (v_roles))
    order by i limit 1;
  if v_slot is null then return jsonb_build_object('code', 'NOT_YOUR_ROLE', 'state', v_task.state); end if;

  v_slots := jsonb_set(v_task.slots, array[v_slot::text, 'by'], to_jsonb(p_person));
  v_state := case p_verdict when 'reject' then 'rejected' when 'return' then 'returned'
    else case when exists (select from jsonb_array_elements(v_slots) s where s ->> 'by' is null) then 'open' else 'approved' end end;
  insert into sijil.decisions (tenant, task, person, verdict, value, comments, source, at_ms)
    values (p_tenant, p_task, p_person, p_verdict, p_value, p_comments, p_source, v_now);
  update sijil.tasks set slots = v_slots, state = v_state, decided_ms = case when v_state <> 'open' then v_now end
    where tenant = p_tenant and id = p_task;
  perform sijil.note(p_tenant, p_person, 'task.' || p_verdict, v_run, p_task::text, 'open', v_state, p_source, null);
  if v_state = 'open' then return jsonb_build_object('code', 'COUNTED', 'state', v_state); end if;
  if v_task.kind = 'gate' then
    perform sijil.deliver_signal(p_tenant, v_run, 'decision/' || p_task, 'decision', v_task.key,
      jsonb_build_object('state', v_state, 'value', p_value, 'comments', p_comments,
        'by', (select jsonb_agg(person order by at_ms, person) from sijil.decisions where tenant = p_tenant and task = p_task and verdict = p_verdict))::text,
      p_person, p_source);
  end if;
  return jsonb_build_object('code', 'DECIDED', 'state', v_state);
end $$;

-- A person settles an effect that is in doubt, or an undo that was parked. Not when its run has ended: nobody is left to act on it, and
-- an effect is done only together with its result and receipt. It stays in doubt, and is listed.
create function sijil.resolve_effect(p_tenant text, p_run uuid, p_key text, p_resolution text, p_person text, p_source text, p_why text)
returns text language plpgsql as $$
declare v_state text;
declare v_attempt integer;
declare v_status text;
begin
  select status into v_status from sijil.runs where tenant = p_tenant and id = p_run for update;
  if not found then return 'NO_SUCH_RUN'; end if;
  select state, attempt into v_state, v_attempt from sijil.effects where tenant = p_tenant and run = p_run and key = p_key;
  if not found then return 'NO_SUCH_EFFECT'; end if;
  if v_state not in ('in_doubt', 'parked') then return 'NOT_IN_DOUBT'; end if;
  if v_status = 'ended' then return 'RUN_ENDED'; end if;
  if exists (select from sijil.signals where tenant = p_tenant and run = p_run and id = 'resolution/' || p_key || '/' || v_attempt) then return 'ALREADY_RESOLVED'; end if;
  perform sijil.deliver_signal(p_tenant, p_run, 'resolution/' || p_key || '/' || v_attempt, 'resolution', p_key, p_resolution, p_person, p_source);
  update sijil.runs set status = 'ready', due_ms = sijil.now_ms(), stuck_code = null, why = null
    where tenant = p_tenant and id = p_run and status = 'stuck';
  perform sijil.note(p_tenant, p_person, 'effect.resolved', p_run, p_key, v_state, p_resolution::jsonb ->> 'outcome', p_source, p_why);
  return 'RESOLVED';
end $$;

-- Lets a stuck run be tried again.
create function sijil.retry_run(p_tenant text, p_run uuid, p_person text, p_source text, p_why text) returns text language plpgsql as $$
declare v_status text;
begin
  select status into v_status from sijil.runs where tenant = p_tenant and id = p_run for update;
  if not found then return 'NO_SUCH_RUN'; end if;
  if v_status <> 'stuck' then return 'NOT_STUCK'; end if;
  update sijil.runs set status = 'ready', due_ms = sijil.now_ms(), stuck_code = null, why = null where tenant = p_tenant and id = p_run;
  perform sijil.note(p_tenant, p_person, 'run.retried', p_run, p_run::text, 'stuck', 'ready', p_source, p_why);
  return 'RETRIED';
end $$;

-- Asks for the end of a run. The request goes through the mailbox, so that what was received before it comes first.
create function sijil.cancel_run(p_tenant text, p_run uuid, p_undo boolean, p_person text, p_source text, p_why text) returns text language plpgsql as $$
declare v_run sijil.runs;
begin
  select * into v_run from sijil.runs where tenant = p_tenant and id = p_run for update;
  if not found then return 'NO_SUCH_RUN'; end if;
  if v_run.status = 'ended' then return 'RUN_ENDED'; end if;
  if v_run.pivoted and p_undo then return 'AFTER_PIVOT'; end if;
  perform sijil.deliver_signal(p_tenant, p_run, 'cancel/' || v_run.mailbox, 'cancel', 'cancel', jsonb_build_object('undo', p_undo, 'why', p_why, 'by', p_person)::text, p_person, p_source);
  update sijil.runs set status = 'ready', due_ms = sijil.now_ms(), stuck_code = null, why = null
    where tenant = p_tenant and id = p_run and status = 'stuck';
  return 'REQUESTED';
end $$;
