-- Returns a postcode for joins: capitals and digits only, without spaces.
create macro postcode_key(postcode) as
nullif(regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g'), '');
