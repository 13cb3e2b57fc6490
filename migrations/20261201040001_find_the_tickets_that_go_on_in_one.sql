-- The tickets that go on in this one, as the view `lasting_tickets` has it: itself, and those that were merged into it. Whoever asks the
-- view from that end reads all tickets, as its column is computed; this becomes a part of the statement that asks, and finds them by
-- indexes.
create function tickets_going_on_in(lasting bigint) returns table (ticket_id bigint)
language sql stable parallel safe as $$
    select l.ticket_id from lasting_tickets l where l.ticket_id = lasting and l.lasting_id = lasting
    union all
    select t.id
    from tickets kept
    join registrations r on r.merged_into = kept.registration_id
    join tickets t on t.registration_id = r.id
    where kept.id = lasting
$$;
