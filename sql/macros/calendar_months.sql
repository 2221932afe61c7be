-- Returns the months between two days: whole if the day of the month is the same, with other days as parts of a month.
create macro calendar_months(from_day, to_day) as
    12 * (extract('year' from to_day) - extract('year' from from_day))
    + extract('month' from to_day) - extract('month' from from_day)
    + (extract('day' from to_day) - extract('day' from from_day)) / 30.4375e0;
