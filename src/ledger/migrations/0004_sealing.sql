-- The leaf of an audit row: SHA-256(0x00 ‖ text), the text as `auditLeaf` of audit-row.ts writes it, which is what verifies it.
-- Made here, beside the rows: otherwise every row would travel to the sealer, and its leaf back.
create function sijil.audit_leaf(a sijil.audit) returns bytea language sql stable parallel safe as $$
  select sha256('\x00'::bytea || convert_to(concat('[',
    to_json(a.tenant), ',', a.id, ',', (extract(epoch from a.at) * 1000)::float8, ',', to_json(a.actor), ',', to_json(a.what), ',',
    coalesce(to_json(a.run::text)::text, 'null'), ',', to_json(a.subject), ',', coalesce(to_json(a.old)::text, 'null'), ',',
    coalesce(to_json(a.new)::text, 'null'), ',', to_json(a.source), ',', coalesce(to_json(a.why)::text, 'null'), ']'), 'UTF8'))
$$;
