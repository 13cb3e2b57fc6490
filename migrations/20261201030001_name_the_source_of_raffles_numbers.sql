-- Which public number decides a raffle, and when it becomes public, is fixed before the list is: after it, whoever draws could choose
-- the number that suits. Raffles of before have no instant and no number of digits: of those that are drawn, seed_source_vi says what
-- was typed at the draw.
alter table raffles rename column seed_source to seed_source_vi;
alter table raffles
    add column seed_source_en text,
    -- Zeros in front count.
    add column seed_digits smallint constraint raffles_seed_digits_check check (seed_digits between 5 and 60),
    add column seed_at timestamptz,
    -- Since when these say what they say.
    add column seed_named_at timestamptz,
    drop constraint raffles_drawn_check,
    add constraint raffles_drawn_check
        check ((drawn_at is null) = (seed is null) and (drawn_at is null or frozen_at is not null and seed_source_vi is not null)),
    add constraint raffles_seed_at_check check (seed_at > closes_at),
    add constraint raffles_seed_source_check
        check ((seed_at is null) = (seed_digits is null) and (seed_at is null) = (seed_named_at is null)
               and (seed_at is null or seed_source_vi is not null)),
    add constraint raffles_seed_check check (seed_digits is null or seed ~ '^[0-9]+$' and length(seed) = seed_digits),
    -- Whatever is fixed is fixed while nobody knows the number.
    add constraint raffles_frozen_at_check check (frozen_at is null or greatest(frozen_at, seed_named_at) < seed_at),
    add constraint raffles_drawn_at_check check (drawn_at >= seed_at);
