-- A text is stored only over the text that its writer has seen: each change of text or state counts one further.
alter table dossiers
    add column revision bigint not null default 1,
    -- The save that made this revision, as its page named it; null where none did.
    add column last_save bigint;
