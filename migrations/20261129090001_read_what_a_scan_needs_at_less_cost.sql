-- What the gates read of every ticket. PL/pgSQL keeps the plan of each of its statements for the connection, and what is
-- called costs nothing where it is not called: a statement with all of it inside would set all of it up for each scan.

-- Not strict any more: so it becomes a part of the statement that asks for it.
alter function told_answers(uuid, jsonb) called on null input;

-- Those of a person's answers that the gate shows, as `told_answers` tells them.
create function shown_answers(of_edition uuid, answers jsonb) returns jsonb
language plpgsql stable strict parallel safe as $$
begin
    return (select jsonb_agg(told order by place, code) from told_answers(of_edition, answers) where is_shown);
end
$$;

-- The sessions that a person has a seat in, as `told_sessions` tells them.
create function held_sessions(of_registration uuid) returns jsonb
language plpgsql stable strict parallel safe as $$
begin
    return (
        select jsonb_agg(s.told) from session_seats h join told_sessions s on s.id = h.session_id
        where h.registration_id = of_registration and h.state = 'held'
    );
end
$$;

-- Whether the gate asks this question of somebody of this audience who has answered so far.
create function is_asked_at_check_in(question questions, audience text, answers jsonb) returns boolean
language sql immutable parallel safe as $$
    select question.asked_at_check_in and (question.audiences = '{}' or audience = any (question.audiences))
        and not answers ? question.code
        and (question.asked_if is null or answers -> question.asked_if ?| question.asked_if_values)
$$;

create or replace view open_questions as
select r.id as registration_id, q.code, q.position
from registrations r join audiences a on a.id = r.audience_id join questions q on q.edition_id = r.edition_id
where is_asked_at_check_in(q, a.code, r.answers);

-- A scan is of its checkpoint's edition: one key says both.
alter table checkpoints add constraint checkpoints_id_edition_id_key unique (id, edition_id);
alter table scans
    add constraint scans_place_fkey foreign key (checkpoint_id, edition_id) references checkpoints (id, edition_id),
    drop constraint scans_checkpoint_id_fkey,
    drop constraint scans_edition_id_fkey;
