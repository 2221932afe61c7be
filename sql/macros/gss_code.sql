-- Returns the only GSS code in a text, such as "E08000035 (Leeds)" or an address that ends in it; publishers put codes
-- and their types in each other's column. Null if a second number or a list separator makes it unclear what the code
-- covers.
create macro gss_code(published) as
nullif(
    regexp_extract(upper(published), '^([^0-9;|\n]*[^A-Z0-9;|\n])?([EKNSW][0-9]{8})([^A-Z0-9;|\n][^0-9;|\n]*)?$', 2),
    ''
);
