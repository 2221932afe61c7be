-- Returns the last part of a place printed as a path, such as England/South East/Kent or West Midlands - Birmingham. A
-- backslash is not a separator: the one publisher that uses it ends its paths with constituencies, not localities.
create macro last_place(printed) as
regexp_replace(printed, '^.*(/|:| - )', '');
