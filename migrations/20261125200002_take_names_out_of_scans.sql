-- Scans outlive registrations: who it was is read from the registration, and not kept with the fact.
update scans set report = report - 'card' where report ? 'card';
