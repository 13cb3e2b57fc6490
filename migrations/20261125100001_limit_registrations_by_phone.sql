-- One phone registers a family, not a hall. Who cancels may send the same form again.

alter table editions add column registrations_per_phone smallint not null default 10
    constraint editions_registrations_per_phone_check check (registrations_per_phone between 1 and 1000);

-- Each confirmed registration of a phone takes one of the numbered places that the edition grants it, so that the index
-- alone keeps the limit, however many race. Null takes none.
alter table registrations add column phone_place smallint;
update registrations r set phone_place = numbered.place
from (select id, row_number() over (partition by edition_id, phone order by created_at, id) as place
      from registrations where status = 'confirmed') numbered
where numbered.id = r.id;
create unique index registrations_phone_place_key on registrations (edition_id, phone, phone_place) where status = 'confirmed';

-- The same form is one registration as long as that stands.
alter table registrations drop constraint registrations_idempotency_key_key;
create unique index registrations_idempotency_key_key on registrations (idempotency_key) where status = 'confirmed';
create index registrations_idempotency_key_cancelled_idx on registrations (idempotency_key) where status = 'cancelled';
