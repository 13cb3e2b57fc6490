-- Which bodies an official chooses from: public ones that exist on the day. The list and the check ask the same.
create function may_be_chosen(body organisations, on_day date) returns boolean language sql immutable as $$
    select body.kind not in ('doanh_nghiep', 'htx')
        and (body.valid_from is null or body.valid_from <= on_day) and (body.valid_to is null or body.valid_to >= on_day)
$$;

-- Never written, never read.
alter table organisations drop column short_vi, drop column tax_code;
