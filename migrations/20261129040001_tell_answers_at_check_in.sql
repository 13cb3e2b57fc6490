-- Answers as they are told: each with its question and its kind, and by name what was chosen from a list. Those to
-- questions that are no more stand last, under their code. `of_edition` names the questions. Strict, so that it is not
-- called for who has answered nothing, and planned as what it is: a few rows.
create function told_answers(of_edition uuid, answers jsonb)
returns table (code text, place integer, is_shown boolean, told jsonb)
language sql stable strict parallel safe rows 5 as $$
    select given.key, q.position, coalesce(q.shown_at_check_in, false),
           jsonb_strip_nulls(jsonb_build_object(
               'question', jsonb_build_object('vi', coalesce(q.label_vi, given.key), 'en', q.label_en),
               'kind', coalesce(q.kind, 'text'),
               'values', coalesce((
                   select jsonb_agg(coalesce(named.name, jsonb_build_object('vi', v.value)) order by v.place)
                   from jsonb_array_elements_text(given.value) with ordinality v (value, place)
                   left join lateral (
                       select option -> 'name' as name from jsonb_array_elements(q.options) o (option)
                       where q.kind in ('choice', 'choices') and option ->> 'code' = v.value
                       union all
                       select jsonb_build_object('vi', name_vi, 'en', name_en) from organisations
                       where q.kind = 'organisation' and id::text = v.value
                       union all
                       select jsonb_build_object('vi', case kind when 'xa' then 'Xã ' else 'Phường ' end || name_vi) from communes
                       where q.kind = 'commune' and gso_code = v.value
                   ) named on true
               ), '[]')
           ))
    from jsonb_each(answers) given left join questions q on q.edition_id = of_edition and q.code = given.key
$$;

-- The questions that are asked at the gate and that a person has not answered.
create view open_questions as
select r.id as registration_id, q.code, q.position
from registrations r join audiences a on a.id = r.audience_id join questions q on q.edition_id = r.edition_id
where q.asked_at_check_in and (q.audiences = '{}' or a.code = any (q.audiences)) and not r.answers ? q.code
    and (q.asked_if is null or r.answers -> q.asked_if ?| q.asked_if_values);
create index questions_asked_at_check_in_idx on questions (edition_id) where asked_at_check_in;

-- Phones hold what is shown at the gate, and what is still to be asked there.
drop trigger registrations_touch_ticket on registrations;
create trigger registrations_touch_ticket
    after update of full_name, audience_id, organisation_id, organisation_name, attention, merged_into, answers on registrations
    for each row
    when ((old.full_name, old.audience_id, old.organisation_id, old.organisation_name, old.attention, old.merged_into, old.answers)
          is distinct from
          (new.full_name, new.audience_id, new.organisation_id, new.organisation_name, new.attention, new.merged_into, new.answers))
    execute function touch_ticket_of_registration();

create function touch_tickets_of_question() returns trigger language plpgsql as $$
declare
    question questions := case tg_op when 'DELETE' then old else new end;
    was_asked boolean := case tg_op when 'INSERT' then false else old.asked_at_check_in end;
begin
    update tickets t set touched = t.touched from registrations r
    where r.id = t.registration_id and t.edition_id = question.edition_id
        and (question.asked_at_check_in or was_asked or r.answers ? question.code);
    return null;
end
$$;
create trigger questions_come_to_tickets
    after insert on questions
    for each row when (new.asked_at_check_in)
    execute function touch_tickets_of_question();
create trigger questions_touch_tickets
    after update on questions
    for each row
    when ((old.shown_at_check_in or new.shown_at_check_in or old.asked_at_check_in or new.asked_at_check_in)
          and (old.kind, old.label_vi, old.label_en, old.options, old.shown_at_check_in, old.asked_at_check_in, old.audiences, old.asked_if, old.asked_if_values)
              is distinct from
              (new.kind, new.label_vi, new.label_en, new.options, new.shown_at_check_in, new.asked_at_check_in, new.audiences, new.asked_if, new.asked_if_values))
    execute function touch_tickets_of_question();
create trigger questions_leave_tickets
    after delete on questions
    for each row when (old.shown_at_check_in or old.asked_at_check_in)
    execute function touch_tickets_of_question();
