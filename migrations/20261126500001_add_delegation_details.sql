-- What holds for everybody of a delegation, so that who is added later has it too.
alter table delegations
    add column commune_code text constraint delegations_commune_code_fkey references communes (gso_code),
    add column tax_code text;
