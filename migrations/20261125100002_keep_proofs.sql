-- What proves something is written once: consents and the audit log only grow.
--
-- A consent stays when its registration is deleted; the registration's id is then a pseudonym that leads to nobody.
-- The one exception is the sample: the consents of a registration that is marked as sample may be deleted while it is
-- still there, which is how `admin clear-sample` goes about it. When records have served their time, a migration or a
-- job of the table's owner takes them away with the trigger disabled for its transaction.

alter table consent_records drop constraint consent_records_registration_id_fkey;

create function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'consent_records' and tg_op = 'DELETE' then
        if exists (select from registrations r where r.id = old.registration_id and r.sample) then
            return old;
        end if;
    end if;
    raise exception '% only grows: % is refused', tg_table_name, lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;

create trigger consent_records_only_grow before update or delete on consent_records for each row execute function refuse_change();
create trigger consent_records_stay before truncate on consent_records for each statement execute function refuse_change();
create trigger audit_log_only_grows before update or delete on audit_log for each row execute function refuse_change();
create trigger audit_log_stays before truncate on audit_log for each statement execute function refuse_change();
