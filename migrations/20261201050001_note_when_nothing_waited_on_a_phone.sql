-- What a phone has scanned before it told that nothing waits on it is known: a scan that comes later is not older than that.
-- Unknown where the last word came from another browser than the one before: then each speaks for itself alone.
alter table devices add column synced_at timestamptz;
