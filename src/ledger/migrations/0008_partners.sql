-- The partners of an organisation that keeps no CRM of its own: what the built-in one holds.
create table sijil.partners (
  tenant text not null,
  id text not null, -- our own id of the partner
  record uuid not null default gen_random_uuid(),
  stage text not null check (stage in ('applicant', 'active', 'closed')),
  properties jsonb not null,
  created_by text not null, -- the key of the effect that created it
  created_ms bigint not null,
  updated_ms bigint not null,
  primary key (tenant, id)
);

-- Everything that was ever written, by the key of the effect that wrote it: a second write with one key changes nothing.
create table sijil.partner_writes (
  seq bigint generated always as identity,
  tenant text not null,
  key text not null,
  partner text not null,
  stage text not null,
  properties jsonb not null,
  at_ms bigint not null,
  primary key (tenant, key)
);
create index partner_writes_of_partner on sijil.partner_writes (tenant, partner, seq);

do $$
declare name text;
begin
  foreach name in array array['partners', 'partner_writes'] loop
    execute format('alter table sijil.%I enable row level security', name);
    execute format('create policy of_tenant on sijil.%I to sijil_member using (tenant = current_setting(''sijil.tenant'', true)) with check (tenant = current_setting(''sijil.tenant'', true))', name);
    execute format('create policy of_engine on sijil.%I to sijil_engine using (true) with check (true)', name);
    execute format('grant select on sijil.%I to sijil_member, sijil_engine', name);
  end loop;
end $$;
grant insert, update on sijil.partners to sijil_engine;
grant insert on sijil.partner_writes to sijil_engine;

-- Properties that are not given stay as they are. Answers the record, and whether this key created it; the same for the same key, always.
create function sijil.save_partner(p_tenant text, p_key text, p_partner text, p_stage text, p_properties jsonb)
returns table (record uuid, created boolean) language plpgsql as $$
begin
  insert into sijil.partner_writes (tenant, key, partner, stage, properties, at_ms)
    values (p_tenant, p_key, p_partner, p_stage, p_properties, sijil.now_ms()) on conflict (tenant, key) do nothing;
  if found then
    insert into sijil.partners as p (tenant, id, stage, properties, created_by, created_ms, updated_ms)
      values (p_tenant, p_partner, p_stage, p_properties, p_key, sijil.now_ms(), sijil.now_ms())
      on conflict (tenant, id) do update
        set stage = excluded.stage, properties = p.properties || excluded.properties, updated_ms = excluded.updated_ms;
  end if;
  return query select p.record, p.created_by = p_key from sijil.partners p where p.tenant = p_tenant and p.id = p_partner;
end $$;
