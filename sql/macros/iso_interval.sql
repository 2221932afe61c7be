-- Returns an interval of dates as printed by ISO 8601-1:2019, section 5.5.
create macro iso_interval(period_start, period_end) as
    cast(period_start as varchar) || '/' || cast(period_end as varchar);
