-- A registration takes its seat last, so that the counter is held only while it is committed. What finds that the last seat
-- has gone meanwhile ends by this, and nothing that it stored remains.
create function no_seat() returns boolean language plpgsql as $$
begin
    raise exception 'no seat is left' using errcode = 'NS001';
end
$$;
