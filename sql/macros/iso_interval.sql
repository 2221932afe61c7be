-- Interval of dates as ISO 8601-1:2019, section 5.5, prints it.
create macro iso_interval(period_start, period_end) as
    cast(period_start as varchar) || '/' || cast(period_end as varchar);
