-- Key of an award row: identifiers are shared by several payments and by several funders, so the row itself is the key.
create macro award_key(source_id, file_sha256, source_row) as
source_id || ':' || substr(file_sha256, 1, 12) || ':' || cast(source_row as varchar);
