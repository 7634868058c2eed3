-- With which accounts a run has used each role of other systems. Ids that one account gave out mean nothing to another, and only the
-- account through which an effect was made can tell whether it was.
create table sijil.run_accounts (
  tenant text not null,
  run uuid not null,
  system text not null,
  connector text not null,
  account text not null,
  at_ms bigint not null,
  primary key (tenant, run, system, connector, account),
  foreign key (tenant, run) references sijil.runs
);
alter table sijil.run_accounts enable row level security;
create policy of_tenant on sijil.run_accounts to sijil_member
  using (tenant = current_setting('sijil.tenant', true)) with check (tenant = current_setting('sijil.tenant', true));
create policy of_engine on sijil.run_accounts to sijil_engine using (true) with check (true);
create policy of_sealer on sijil.run_accounts to sijil_sealer using (true) with check (true);
grant select on sijil.run_accounts to sijil_member, sijil_engine;
grant insert on sijil.run_accounts to sijil_engine;
