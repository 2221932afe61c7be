-- Returns whether less than a tenth of the whole is known, so that a value computed from it is withheld.
create macro is_mostly_unknown(known, whole) as
    known > 0 and known / nullif(whole, 0) < 0.1;
