-- Group commit: what many runs have ready to write, in one statement. Every array of a group has one element for each row;
-- c_run, a_run and e_run point into the runs of this batch (from 1). What is written rarely travels as JSON (e_*).
--
-- Answers one row for each run that was NOT written, and first one row (run = 0) with the ledger's time. A verdict:
--   fenced          another worker holds the run, or it has ended: nothing of it was written
--   mailbox         a signal came since the worker looked: nothing of it was written, look again
--   not authorised  an effect would start without authority: nothing of the run was written
--   superseded      a run written to apart has the answer on record already, or another attempt has gone further: read it again
--   exists          the caller's idempotency key was used before; `detail` holds the digest and the answer of then
-- A batch that is presented again after its answer was lost counts as written.
--
-- Batch 0: the run is written to apart, by several at once who do not know of each other (its branches on Temporal's workers). The
-- ledger counts for them, under the lock of the run; what two of them would both write is written by the first.
create function sijil.commit_batch(
  p_worker text, p_lease_ms bigint,
  r_tenant text[], r_id uuid[], r_new boolean[], r_epoch integer[], r_batch integer[], r_seq integer[], r_mailbox integer[],
  r_status text[], r_due bigint[], r_outcome text[], r_undo text[], r_result text[], r_why text[], r_stuck text[], r_pivoted boolean[],
  n_workflow text[], n_version integer[], n_engine text[], n_requester text[], n_input text[], n_created bigint[],
  c_run integer[], c_seq integer[], c_key text[], c_kind text[], c_name text[], c_digest text[], c_outcome text[], c_value text[], c_at bigint[],
  a_run integer[], a_actor text[], a_what text[], a_subject text[], a_old text[], a_new text[], a_why text[],
  e_run integer[], e_op text[], e_body jsonb[]
) returns table (run integer, verdict text, detail text, now_ms bigint, held boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now bigint := sijil.now_ms();
  v_verdicts text[] := array_fill(null::text, array[cardinality(r_id)]);
  v_details text[] := array_fill(null::text, array[cardinality(r_id)]);
  v_apart boolean[] := array_fill(false, array[cardinality(r_id)]);
  v_row record;
  v_count integer;
  v_place integer;
begin
  -- 1. Lock what exists, in id order, before any epoch is compared.
  if false = any (r_new) then
    perform 1
      from sijil.runs r join unnest(r_tenant, r_id, r_new) b (tenant, id, new) on r.tenant = b.tenant and r.id = b.id and not b.new
      order by r.tenant, r.id
      for update of r;
    if 0 = any (r_batch) then
      for v_row in
        select b.i, r.seq, r.batch,
            exists (select from sijil.records k where k.tenant = r.tenant and k.run = r.id
                and k.key in (select c.key from unnest(c_run, c_key) c (run, key) where c.run = b.i))
              or exists (select from sijil.waits w where w.tenant = r.tenant and w.run = r.id
                and w.key in (select e.b ->> 'key' from unnest(e_run, e_op, e_body) e (run, op, b) where e.run = b.i and e.op = 'wait.open'))
              as known
          from unnest(r_tenant, r_id, r_batch) with ordinality b (tenant, id, batch, i)
          join sijil.runs r on r.tenant = b.tenant and r.id = b.id
          where b.batch = 0
      loop
        v_apart[v_row.i] := true;
        if v_row.known then v_verdicts[v_row.i] := 'superseded'; end if;
        r_batch[v_row.i] := v_row.batch + 1;
        v_count := v_row.seq;
        for v_place in select place from unnest(c_run) with ordinality c (run, place) where c.run = v_row.i order by place loop
          v_count := v_count + 1;
          c_seq[v_place] := v_count;
        end loop;
        r_seq[v_row.i] := v_count;
      end loop;
    end if;
    for v_row in
      select b.i, case
          when r.id is null then 'fenced'
          when r.epoch = b.epoch and r.batch = b.batch then 'already'
          when r.status = 'ended' or r.epoch <> b.epoch or r.batch <> b.batch - 1 then 'fenced'
          when b.mailbox >= 0 and r.mailbox <> b.mailbox then 'mailbox'
        end as verdict
        from unnest(r_tenant, r_id, r_new, r_epoch, r_batch, r_mailbox) with ordinality b (tenant, id, new, epoch, batch, mailbox, i)
        left join sijil.runs r on r.tenant = b.tenant and r.id = b.id
        where not b.new and v_verdicts[b.i] is null
    loop
      v_verdicts[v_row.i] := v_row.verdict;
    end loop;
  end if;

  -- 2. An effect starts only with authority, on every attempt; its attempt is the next one.
  if 'effect.start' = any (e_op) then
    for v_row in
      select e.run, sijil.without_authority(r_tenant[e.run], r_id[e.run], e.b ->> 'step', e.b ->> 'action', e.b ->> 'subject') as problem
        from unnest(e_run, e_op, e_body) e (run, op, b)
        where e.op = 'effect.start' and e.b ->> 'of' is null and e.b ->> 'action' is not null and v_verdicts[e.run] is null
    loop
      if v_row.problem is not null then
        v_verdicts[v_row.run] := 'not authorised';
        v_details[v_row.run] := v_row.problem;
      end if;
    end loop;
  end if;
  if 'effect.start' = any (e_op) or 'effect.settle' = any (e_op) then
    for v_row in
      select e.run
        from unnest(e_run, e_op, e_body) e (run, op, b)
        left join sijil.effects f on f.tenant = r_tenant[e.run] and f.run = r_id[e.run] and f.key = e.b ->> 'key'
        where e.op in ('effect.start', 'effect.settle') and v_verdicts[e.run] is null
          and not r_new[e.run] -- its effects are there already only if it is presented again, which the insert below finds out
          and coalesce(f.attempt, 0) <> (e.b ->> 'attempt')::integer - case e.op when 'effect.start' then 1 else 0 end
    loop
      v_verdicts[v_row.run] := case when v_apart[v_row.run] then 'superseded' else 'fenced' end;
    end loop;
  end if;
  -- 3. A caller's idempotency key is taken once, also when another worker or an earlier run of this batch takes it right now.
  if 'idempotency' = any (e_op) then
    insert into sijil.idempotency (tenant, scope, key, digest, answer, at_ms)
      select r_tenant[e.run], 'start', e.b ->> 'key', e.b ->> 'digest', r_id[e.run]::text, v_now
        from unnest(e_run, e_op, e_body) e (run, op, b) where e.op = 'idempotency' and v_verdicts[e.run] is null
      on conflict do nothing;
    for v_row in
      select e.run, i.answer, i.digest
        from unnest(e_run, e_op, e_body) e (run, op, b)
        join sijil.idempotency i on i.tenant = r_tenant[e.run] and i.scope = 'start' and i.key = e.b ->> 'key'
        where e.op = 'idempotency' and i.answer <> r_id[e.run]::text
    loop
      v_verdicts[v_row.run] := 'exists';
      v_details[v_row.run] := v_row.digest || ' ' || v_row.answer;
    end loop;
  end if;

  -- 4. Runs. One that starts and ends within a batch is one row.
  if true = any (r_new) then
    insert into sijil.runs (tenant, id, workflow, version, engine, status, requester, input, created_ms, epoch, worker, due_ms, seq, batch,
                            pivoted, outcome, undo, result, why, stuck_code, ended_ms)
      select r_tenant[i], r_id[i], n_workflow[i], n_version[i], n_engine[i], coalesce(r_status[i], 'running'), n_requester[i], n_input[i],
             n_created[i], r_epoch[i], case when r_status[i] is null then p_worker end, coalesce(r_due[i], v_now + p_lease_ms), r_seq[i], r_batch[i],
             r_pivoted[i], r_outcome[i], r_undo[i], r_result[i], r_why[i], r_stuck[i], case when r_status[i] = 'ended' then v_now end
        from generate_subscripts(r_id, 1) i
        where r_new[i] and v_verdicts[i] is null
      on conflict (tenant, id) do nothing;
    get diagnostics v_count = row_count;
    if v_count < (select count(*) from generate_subscripts(r_id, 1) i where r_new[i] and v_verdicts[i] is null) then
      -- Presented again after a lost answer, or else an id that somebody else has: both are told apart by the batch's number.
      for v_row in
        select i, case when r.worker is not distinct from p_worker or r.batch >= r_batch[i] then 'already' else 'fenced' end as verdict
          from generate_subscripts(r_id, 1) i join sijil.runs r on r.tenant = r_tenant[i] and r.id = r_id[i]
          where r_new[i] and v_verdicts[i] is null and r.xmin::text <> pg_current_xact_id()::xid::text
      loop
        v_verdicts[v_row.i] := v_row.verdict;
      end loop;
    end if;
  end if;
  if false = any (r_new) then
    update sijil.runs r
      set status = coalesce(b.status, 'running'), worker = case when b.status is null then p_worker end,
          -- A lease that has long to go is left as it is: to move it costs an entry in every index of the run.
          due_ms = case when b.status is null and r.status = 'running' and r.due_ms > v_now + p_lease_ms / 2 then r.due_ms
                        else coalesce(b.due, v_now + p_lease_ms) end,
          seq = b.seq, batch = b.batch, pivoted = r.pivoted or b.pivoted,
          outcome = b.outcome, undo = b.undo, result = b.result, why = b.why, stuck_code = b.stuck,
          ended_ms = case when b.status = 'ended' then v_now end
      from unnest(r_tenant, r_id, r_new, r_status, r_due, r_seq, r_batch, r_pivoted, r_outcome, r_undo, r_result, r_why, r_stuck)
        with ordinality b (tenant, id, new, status, due, seq, batch, pivoted, outcome, undo, result, why, stuck, i)
      where r.tenant = b.tenant and r.id = b.id and not b.new and v_verdicts[b.i] is null;
  end if;

  -- 5. Records. Arrays are opened side by side in the select list: in the from clause each would be written to a store of its own.
  insert into sijil.records (tenant, run, key, seq, kind, name, digest, outcome, value, at_ms)
    select r_tenant[c.run], r_id[c.run], c.key, c.seq, c.kind, c.name, c.digest, c.outcome, c.value, c.at
      from (select unnest(c_run) as run, unnest(c_seq) as seq, unnest(c_key) as key, unnest(c_kind) as kind, unnest(c_name) as name,
              unnest(c_digest) as digest, unnest(c_outcome) as outcome, unnest(c_value) as value, unnest(c_at) as at) c
      where v_verdicts[c.run] is null;

  -- 6. Audit.
  insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
    select r_tenant[a.run], sijil.instant(v_now), a.actor, a.what, r_id[a.run], a.subject, a.old, a.new, p_worker, a.why
      from (select unnest(a_run) as run, unnest(a_actor) as actor, unnest(a_what) as what, unnest(a_subject) as subject,
              unnest(a_old) as old, unnest(a_new) as new, unnest(a_why) as why) a
      where v_verdicts[a.run] is null;

  if cardinality(e_run) > 0 then
    perform sijil.commit_rare(v_now, p_worker, r_tenant, r_id, v_verdicts, e_run, e_op, e_body);
  end if;
  -- 7. A run that has ended, or is undone, waits for nothing any more.
  if 'ended' = any (r_status) and false = any (r_new) then
    for v_row in
      select i from generate_subscripts(r_id, 1) i
        where r_status[i] = 'ended' and not r_new[i] and v_verdicts[i] is null
          and (exists (select from sijil.waits w where w.tenant = r_tenant[i] and w.run = r_id[i])
            or exists (select from sijil.tasks t where t.tenant = r_tenant[i] and t.run = r_id[i] and t.state = 'open'))
    loop
      perform sijil.withdraw_waits(v_now, p_worker, r_tenant[v_row.i], r_id[v_row.i], '');
    end loop;
  end if;

  return query select 0, 'time', null::text, v_now, exists (select from sijil.clock);
  return query select i, v_verdicts[i], v_details[i], v_now, false
    from generate_subscripts(r_id, 1) i where v_verdicts[i] is not null and v_verdicts[i] <> 'already';
end $$;

-- Why an effect may not start; null when it may. A: runs. B: a decided task of the run lists, for the way it was decided,
-- this step with this action, and was about this very subject. C: never. Unknown counts as B.
create function sijil.without_authority(p_tenant text, p_run uuid, p_step text, p_action text, p_subject text) returns text
language sql stable as $$
  select case coalesce((select class from sijil.policies where tenant = p_tenant and action = p_action), 'B')
    when 'A' then null
    when 'C' then format('%s is never allowed (class C)', p_action)
    else case when exists (
        select from sijil.tasks t
          where t.tenant = p_tenant and t.run = p_run and t.subject = p_subject
            and t.authorises -> t.state @> jsonb_build_array(jsonb_build_object('step', p_step, 'action', p_action)))
      then null
      else format('%s needs a decision (class B), and none of this run lists it for this very subject', p_action) end
  end
$$;

-- What a batch has none of is not asked for: to begin a statement costs more than to find nothing for it.
create function sijil.commit_rare(p_now bigint, p_worker text, r_tenant text[], r_id uuid[], v_verdicts text[], e_run integer[], e_op text[], e_body jsonb[])
returns void language plpgsql as $$
#variable_conflict use_column
declare v_row record;
begin
  if 'effect.start' = any (e_op) then
    insert into sijil.effects as f (tenant, run, key, step, of, action, subject, undoable, input, state, generation, attempt, deadline_ms,
                                    retry_ms, problem, started_seq, started_ms)
      select r_tenant[e.run], r_id[e.run], b.key, b.step, b.of, b.action, b.subject, b.undoable, b.input, b.state, b.generation, b.attempt,
             p_now + b.timeout_ms, null, null,
             coalesce(b.started_seq, (select coalesce(max(f.started_seq), 0) + 1 from sijil.effects f where f.tenant = r_tenant[e.run] and f.run = r_id[e.run])),
             p_now
        from unnest(e_run, e_op, e_body) e (run, op, body),
             jsonb_to_record(e.body) b (key text, step text, of text, action text, subject text, undoable boolean, input text, state text,
                                        generation integer, attempt integer, timeout_ms bigint, started_seq integer)
        where e.op = 'effect.start' and v_verdicts[e.run] is null
      on conflict (tenant, run, key) do update
        set state = 'started', generation = excluded.generation, attempt = excluded.attempt, deadline_ms = excluded.deadline_ms, retry_ms = null, problem = null;
  end if;
  if 'effect.settle' = any (e_op) then
    update sijil.effects f set state = b.state, retry_ms = p_now + b.wait_ms, problem = b.problem
      from unnest(e_run, e_op, e_body) e (run, op, body),
           jsonb_to_record(e.body) b (key text, state text, wait_ms bigint, problem text)
      where e.op = 'effect.settle' and v_verdicts[e.run] is null
        and f.tenant = r_tenant[e.run] and f.run = r_id[e.run] and f.key = b.key;
  end if;
  if 'receipt' = any (e_op) then
    insert into sijil.receipts (tenant, id, run, key, action, request_digest, result_digest, trace, at_ms)
      select r_tenant[e.run], b.id, r_id[e.run], b.key, b.action, b.request_digest, b.result_digest, b.trace, p_now
        from unnest(e_run, e_op, e_body) e (run, op, body),
             jsonb_to_record(e.body) b (id uuid, key text, action text, request_digest text, result_digest text, trace text)
        where e.op = 'receipt' and v_verdicts[e.run] is null;
  end if;
  if 'signal.consume' = any (e_op) then
    update sijil.signals s set consumed_by = e.b ->> 'key'
      from unnest(e_run, e_op, e_body) e (run, op, b)
      where e.op = 'signal.consume' and v_verdicts[e.run] is null
        and s.tenant = r_tenant[e.run] and s.run = r_id[e.run] and s.number = (e.b ->> 'number')::integer;
  end if;
  if 'wait.close' = any (e_op) then
    delete from sijil.waits w using unnest(e_run, e_op, e_body) e (run, op, b)
      where e.op = 'wait.close' and v_verdicts[e.run] is null and w.tenant = r_tenant[e.run] and w.run = r_id[e.run] and w.key = e.b ->> 'key';
  end if;
  if 'waits.withdraw' = any (e_op) then
    for v_row in
      select r_tenant[e.run] as tenant, r_id[e.run] as id, e.b ->> 'prefix' as prefix
        from unnest(e_run, e_op, e_body) e (run, op, b) where e.op = 'waits.withdraw' and v_verdicts[e.run] is null
    loop
      perform sijil.withdraw_waits(p_now, p_worker, v_row.tenant, v_row.id, v_row.prefix);
    end loop;
  end if;
  if 'wait.open' = any (e_op) then
    insert into sijil.waits (tenant, run, key, kind, name, digest, opened_ms, due_ms)
      select r_tenant[e.run], r_id[e.run], b.key, b.kind, b.name, b.digest, b.opened_ms, b.due_ms
        from unnest(e_run, e_op, e_body) e (run, op, body),
             jsonb_to_record(e.body) b (key text, kind text, name text, digest text, opened_ms bigint, due_ms bigint)
        where e.op = 'wait.open' and v_verdicts[e.run] is null;
  end if;
  if 'task.close' = any (e_op) then
    update sijil.tasks t set state = e.b ->> 'state', decided_ms = p_now
      from unnest(e_run, e_op, e_body) e (run, op, b)
      where e.op = 'task.close' and v_verdicts[e.run] is null
        and t.tenant = r_tenant[e.run] and t.run = r_id[e.run] and t.key = e.b ->> 'key' and t.state = 'open';
  end if;
  if 'task.open' = any (e_op) then
    insert into sijil.tasks (tenant, id, kind, run, key, gate, state, packet, digest, subject, authorises, slots, requester, opened_ms, due_ms, escalated_from)
      select r_tenant[e.run], b.id, 'gate', r_id[e.run], b.key, b.gate, 'open', b.packet, b.digest, b.subject, b.authorises, b.slots, b.requester,
             p_now, b.due_ms, b.escalated_from
        from unnest(e_run, e_op, e_body) e (run, op, body),
             jsonb_to_record(e.body) b (id uuid, key text, gate text, packet text, digest text, subject text, authorises jsonb, slots jsonb,
                                        requester text, due_ms bigint, escalated_from text)
        where e.op = 'task.open' and v_verdicts[e.run] is null;
  end if;
  if 'keep' = any (e_op) then
    insert into sijil.kept_records as k (tenant, record, id, body, run, key, at_ms)
      select r_tenant[e.run], b.record, b.id, b.body, r_id[e.run], b.key, p_now
        from unnest(e_run, e_op, e_body) e (run, op, body), jsonb_to_record(e.body) b (record text, id text, body text, key text)
        where e.op = 'keep' and v_verdicts[e.run] is null
      on conflict (tenant, record, id) do update set body = excluded.body, run = excluded.run, key = excluded.key, at_ms = excluded.at_ms;
  end if;
end $$;

-- Closes the open waits and tasks of a run whose keys begin with a path.
create function sijil.withdraw_waits(p_now bigint, p_source text, p_tenant text, p_run uuid, p_prefix text) returns void
language sql as $$
  delete from sijil.waits where tenant = p_tenant and run = p_run and starts_with(key, p_prefix);
  with closed as (
    update sijil.tasks set state = 'withdrawn', decided_ms = p_now
      where tenant = p_tenant and run = p_run and starts_with(key, p_prefix) and state = 'open' and kind = 'gate'
      returning id)
  insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
    select p_tenant, sijil.instant(p_now), 'sijil', 'task.withdrawn', p_run, id::text, 'open', 'withdrawn', p_source, 'the run no longer waits for it'
      from closed;
$$;

-- Takes runs that are due and whose version this worker can load. What another worker holds locked is left to it.
create function sijil.claim_runs(p_worker text, p_lease_ms bigint, p_limit integer, p_loadable text[]) returns setof sijil.runs
language plpgsql as $$
#variable_conflict use_column
declare v_now bigint := sijil.now_ms();
begin
  return query
    with due as (
      select tenant, id, status as was, worker as held_by from sijil.runs
        where status in ('ready', 'running', 'waiting') and due_ms <= v_now and engine in ('inline', 'local')
          and workflow || '@' || version = any (p_loadable)
        order by due_ms limit p_limit for update skip locked),
    taken as (
      update sijil.runs r set status = 'running', worker = p_worker, epoch = r.epoch + 1, due_ms = v_now + p_lease_ms
        from due where r.tenant = due.tenant and r.id = due.id
        returning r.*),
    noted as (
      insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
        select tenant, sijil.instant(v_now), 'sijil', 'run.taken_over', id, id::text, held_by, p_worker, p_worker, 'the lease of the worker before had run out'
          from due where was = 'running')
    select * from taken;
end $$;

-- Extends the leases a worker still holds, and answers the runs it has lost.
create function sijil.renew_leases(p_worker text, p_lease_ms bigint, r_tenant text[], r_id uuid[], r_epoch integer[]) returns table (run uuid)
language sql as $$
  with mine as (
    select r.tenant, r.id
      from sijil.runs r join unnest(r_tenant, r_id, r_epoch) b (tenant, id, epoch) on r.tenant = b.tenant and r.id = b.id and r.epoch = b.epoch
      where r.status = 'running' and r.worker = p_worker
      order by r.tenant, r.id for update of r),
  kept as (
    update sijil.runs r set due_ms = sijil.now_ms() + p_lease_ms from mine where r.tenant = mine.tenant and r.id = mine.id returning r.id)
  select id from unnest(r_id) b (id) where id not in (select id from kept)
$$;
