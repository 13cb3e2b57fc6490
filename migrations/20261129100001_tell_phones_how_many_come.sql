-- A group comes in by one ticket: phones tell how many they are, and hear of it when that changes.
drop trigger registrations_touch_ticket on registrations;
create trigger registrations_touch_ticket
    after update of full_name, people, audience_id, organisation_id, organisation_name, attention, merged_into, answers on registrations
    for each row
    when ((old.full_name, old.people, old.audience_id, old.organisation_id, old.organisation_name, old.attention, old.merged_into, old.answers)
          is distinct from
          (new.full_name, new.people, new.audience_id, new.organisation_id, new.organisation_name, new.attention, new.merged_into, new.answers))
    execute function touch_ticket_of_registration();
