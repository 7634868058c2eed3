-- Where the ledger is, once somebody has begun to move the whole of it to another database. No row: nobody ever did.
--   leaving   it is here; a move to `other` has begun, and may have come to nothing
--   arriving  the copy of a ledger that is still at `other`: nobody has opened it
--   here      it came from `other`
--   moved     it is at `other`: what is left here is its tombstone
-- A ledger that is arriving or has moved is closed. Engine, members and sealer lose the schema, which every statement of theirs needs,
-- those that are prepared already as well; to ask for it costs them nothing while the ledger is open. The owner, who moves it, keeps it.
create table sijil.whereabouts (
  one boolean primary key default true check (one),
  state text not null check (state in ('leaving', 'arriving', 'here', 'moved')),
  move uuid not null, -- the same on both sides
  other text not null, -- without a password
  at_ms bigint not null
);

-- Answers whether it was noted. A ledger that is closed is not: of two moves at once the later one would take away the tombstone of the other.
create function sijil.note_whereabouts(p_state text, p_move uuid, p_other text) returns boolean language plpgsql as $$
begin
  insert into sijil.whereabouts as w (state, move, other, at_ms) values (p_state, p_move, p_other, sijil.now_ms())
    on conflict (one) do update set state = excluded.state, move = excluded.move, other = excluded.other, at_ms = excluded.at_ms
      where w.state in ('leaving', 'here');
  return found;
end $$;

-- `arriving`, before the first row of the copy; `moved`, in the transaction that has kept the ledger still since the copy was begun.
create function sijil.close_ledger(p_state text, p_move uuid, p_other text) returns boolean language plpgsql as $$
begin
  if not sijil.note_whereabouts(p_state, p_move, p_other) then return false; end if;
  revoke usage on schema sijil from sijil_engine, sijil_member, sijil_sealer;
  return true;
end $$;

-- The copy becomes the ledger. Every tenant's audit log says where it came from.
create function sijil.open_ledger(p_move uuid, p_from text, p_to text) returns void language plpgsql as $$
begin
  update sijil.whereabouts set state = 'here', at_ms = sijil.now_ms() where state = 'arriving' and move = p_move;
  if not found then raise exception 'this is not the copy of move %: nothing was changed', p_move; end if;
  grant usage on schema sijil to sijil_engine, sijil_member, sijil_sealer;
  insert into sijil.audit (tenant, at, actor, what, run, subject, old, new, source, why)
    select tenant, sijil.instant(sijil.now_ms()), 'sijil', 'ledger.moved', null, tenant, p_from, p_to, 'move', p_move::text from sijil.tenants;
end $$;
