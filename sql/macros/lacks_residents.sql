-- Returns whether residents are the wrong denominator for a locality: the City of London, which receives money and has
-- few residents.
create macro lacks_residents(locality_code) as
    locality_code = 'E09000001';
