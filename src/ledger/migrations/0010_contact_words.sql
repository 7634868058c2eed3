-- What people outside have told us about being written to: when they wrote last, and whether they want no more of it. A contact is
-- a keyed digest of an address, never the address: what is here tells nobody whom it is about, and outlives the erasure of a person,
-- who has asked not to be written to for good.
create table sijil.contact_words (
  tenant text not null,
  channel text not null check (channel in ('email', 'whatsapp', 'sms')),
  account text not null, -- of ours, with the vendor; '' where the word is meant for all of them
  contact text not null,
  word text not null check (word in ('wrote', 'stop', 'resume')),
  at_ms bigint not null, -- the latest of its kind, whatever order they came in
  primary key (tenant, channel, contact, account, word)
);
alter table sijil.contact_words enable row level security;
create policy of_tenant on sijil.contact_words to sijil_member using (tenant = current_setting('sijil.tenant', true)) with check (tenant = current_setting('sijil.tenant', true));
create policy of_engine on sijil.contact_words to sijil_engine using (true) with check (true);
create policy of_sealer on sijil.contact_words to sijil_sealer using (true) with check (true);
grant select on sijil.contact_words to sijil_member, sijil_engine;
grant insert, update on sijil.contact_words to sijil_member;

-- Whether a contact wants no more of a channel, whichever of our accounts it was told to. Said both at once, it is believed.
create function sijil.contact_stopped(p_tenant text, p_channel text, p_contact text) returns boolean language sql stable as $$
  select coalesce(max(at_ms) filter (where word = 'stop') >= coalesce(max(at_ms) filter (where word = 'resume'), 0), false)
    from sijil.contact_words where tenant = p_tenant and channel = p_channel and contact = p_contact
$$;

-- A word from the future counts as said now: a clock ahead of ours must not keep a conversation open. What changes whether we may write
-- goes into the audit log, which is the proof of it.
create function sijil.note_contact_word(p_tenant text, p_channel text, p_account text, p_contact text, p_word text, p_at_ms bigint, p_source text)
returns void language plpgsql as $$
declare
  v_before boolean := sijil.contact_stopped(p_tenant, p_channel, p_contact);
  v_after boolean;
begin
  insert into sijil.contact_words as w (tenant, channel, account, contact, word, at_ms)
    values (p_tenant, p_channel, p_account, p_contact, p_word, least(p_at_ms, sijil.now_ms()))
    on conflict (tenant, channel, contact, account, word) do update set at_ms = excluded.at_ms where w.at_ms < excluded.at_ms;
  v_after := sijil.contact_stopped(p_tenant, p_channel, p_contact);
  if v_before <> v_after then
    perform sijil.note(p_tenant, 'outside person', 'contact.' || p_word, null, p_contact, null, p_channel, p_source, null);
  end if;
end $$;
