-- A postcode as it is joined: capitals and digits only, however it was spaced.
create macro postcode_key(postcode) as
nullif(regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g'), '');
