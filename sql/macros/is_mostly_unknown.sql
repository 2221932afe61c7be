-- Whether what is known is so small a part of the whole, less than a tenth, that what it says is withheld.
create macro is_mostly_unknown(known, whole) as
    known > 0 and known / nullif(whole, 0) < 0.1;
