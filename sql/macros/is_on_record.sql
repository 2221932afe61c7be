-- Whether an award enters the window of every award on record. Those of GrantNav do not: they are of the localities
-- that a user asked for, so a total with them would say who asked. Of the COVID-19 tracker those do that no other way
-- on record holds.
create macro is_on_record(award_set, is_on_record_elsewhere) as
    award_set in ('place_funds', 'threesixtygiving', 'threesixtygiving_api')
    or (award_set = 'threesixtygiving_covid2020' and not is_on_record_elsewhere);
