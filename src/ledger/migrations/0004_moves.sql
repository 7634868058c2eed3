-- Moves of runs between engines. They are written as the engine's writer: a member may not touch who drives a run.

-- Workflows on a cluster whose run has moved away. Each is told once more, finds that its epoch is over, and ends.
create table sijil.left_behind (
  tenant text not null,
  run uuid not null,
  epoch integer not null,
  due_ms bigint not null,
  primary key (tenant, run, epoch),
  foreign key (tenant, run) references sijil.runs
);
create index left_behind_due on sijil.left_behind (due_ms);
alter table sijil.left_behind enable row level security;
create policy of_tenant on sijil.left_behind to sijil_member using (tenant = current_setting('sijil.tenant', true)) with check (tenant = current_setting('sijil.tenant', true));
create policy of_engine on sijil.left_behind to sijil_engine using (true) with check (true);
grant select on sijil.left_behind to sijil_member, sijil_engine;
grant insert, delete on sijil.left_behind to sijil_engine;
grant update (due_ms) on sijil.left_behind to sijil_engine;

-- Gives a run to another engine: engine and epoch change together, so that one side may write before and the other after. Not while a
-- worker holds it, nor while an effect is under way: whoever began that must write down how it ended. A run on Temporal is held by
-- nobody, and is under way while it is `running`. `p_loadable`: the `name@version` that the other side can load.
create function sijil.move_run(p_tenant text, p_run uuid, p_to text, p_loadable text[], p_person text, p_source text, p_why text) returns text
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
    set engine = p_to, epoch = epoch + 1, worker = null, due_ms = v_now,
        status = case status when 'stuck' then 'stuck' else 'ready' end -- stuck it stays: to move mends nothing
    where tenant = p_tenant and id = p_run;
  if v_run.engine = 'temporal' then
    insert into sijil.left_behind (tenant, run, epoch, due_ms) values (p_tenant, p_run, v_run.epoch, v_now);
  end if;
  perform sijil.note(p_tenant, p_person, 'run.moved', p_run, p_run::text, v_run.engine, p_to, p_source, p_why);
  return 'MOVED';
end $$;
