-- A run on Temporal says since when the cluster could not be told of it: `due_ms` is moved at every try.
alter table sijil.runs add column untold_ms bigint;

-- As before, but nothing of the stay that ends is untold any more.
create or replace function sijil.move_run(p_tenant text, p_run uuid, p_to text, p_loadable text[], p_person text, p_source text, p_why text) returns text
language plpgsql as $$
declare
  v_run sijil.runs;
  v_now bigint;
begin
  select * into v_run from sijil.runs where tenant = p_tenant and id = p_run for update;
  if not found then return 'NO_SUCH_RUN'; end if;
  if v_run.status = 'ended' then return 'RUN_ENDED'; end if;
  if (v_run.engine = 'temporal') = (p_to = 'temporal') then return 'ALREADY_THERE'; end if;
  if v_run.workflow || '@' || v_run.version <> all (p_loadable) then return 'VERSION_NOT_LOADABLE'; end if;
  if v_run.status = 'running' then return 'RUN_BUSY'; end if;
  if exists (select from sijil.effects where tenant = p_tenant and run = p_run and state = 'started') then return 'RUN_BUSY'; end if;
  v_now := sijil.now_ms();
  update sijil.runs
    set engine = p_to, epoch = epoch + 1, worker = null, due_ms = v_now, untold_ms = null,
        status = case status when 'stuck' then 'stuck' else 'ready' end -- stuck it stays: to move mends nothing
    where tenant = p_tenant and id = p_run;
  if v_run.engine = 'temporal' then
    insert into sijil.left_behind (tenant, run, epoch, due_ms) values (p_tenant, p_run, v_run.epoch, v_now);
  end if;
  perform sijil.note(p_tenant, p_person, 'run.moved', p_run, p_run::text, v_run.engine, p_to, p_source, p_why);
  return 'MOVED';
end $$;
