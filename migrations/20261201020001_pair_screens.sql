-- A screen on a hall's wall is a device as well: a browser that was paired for it shows the numbers of the live board until the
-- end of the day, and may do nothing else.
alter table devices
    add column kind text not null default 'scanner' constraint devices_kind_check check (kind in ('scanner', 'screen')),
    -- Nobody is signed in on a screen.
    add constraint devices_screen_check check (kind <> 'screen' or account_id is null);
