-- Returns whether an award enters the window of all awards on record. GrantNav awards do not, because they are only of
-- the localities that a user asked for, so a total would depend on the user. COVID-19 tracker awards do if no other
-- route on record has them.
create macro is_on_record(award_set, is_on_record_elsewhere) as
    award_set in ('place_funds', 'threesixtygiving', 'threesixtygiving_api')
    or (award_set = 'threesixtygiving_covid2020' and not is_on_record_elsewhere);
