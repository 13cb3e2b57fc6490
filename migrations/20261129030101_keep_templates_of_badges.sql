-- What badges are printed on, as the edition file has it; none means the usual ones.
alter table editions add column badge_templates jsonb not null default '[]'
    constraint editions_badge_templates_check check (jsonb_typeof(badge_templates) = 'array');
