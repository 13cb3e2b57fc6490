-- What a phone has scanned before it told that nothing waits on it is known: a scan that comes later is not older than that.
-- Unknown for good where more than one browser tells with the phone's token: each speaks for itself alone.
alter table devices
    add column synced_at timestamptz,
    add column is_shared boolean not null default false;
