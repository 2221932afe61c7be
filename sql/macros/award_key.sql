-- Returns the key of an award row. Several payments and several funders share identifiers, so the row itself is the
-- key.
create macro award_key(source_id, file_sha256, source_row) as
source_id || ':' || substr(file_sha256, 1, 12) || ':' || cast(source_row as varchar);
