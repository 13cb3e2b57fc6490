-- Looking at a print is no print: it counts when the browser sends it to a printer, or whoever prints says so.
alter table badge_prints rename column opened_at to printed_at;
