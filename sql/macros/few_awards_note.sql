-- What is said of a median, an index or a balance that rests on fewer than five awards; null where it rests on more.
create macro few_awards_note(awards_n) as
    case when awards_n < 5 then 'fewer than 5 awards to work it out from' end;
