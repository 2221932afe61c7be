-- Whether a set of awards enters the windows that end today. Those of GrantNav do not: they are of the localities that
-- somebody asked for, so a total with them would say who asked. The COVID-19 tracker has a window of its own.
create macro is_on_record(award_set) as
    award_set in ('place_funds', 'threesixtygiving', 'threesixtygiving_api');
