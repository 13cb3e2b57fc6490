-- When the page of a print was opened: it shows its badges once, and who needs them again prints again, with a reason.
alter table badge_prints add column opened_at timestamptz;
