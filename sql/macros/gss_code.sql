-- The text itself where it is a GSS code, null otherwise: publishers put codes and their types in each other's column.
create macro gss_code(published) as
case when regexp_matches(upper(trim(published)), '^[EKNSW][0-9]{8}$') then upper(trim(published)) end;
