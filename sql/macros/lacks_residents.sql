-- Whether residents are the wrong denominator for a place: the City of London, where money comes and few people live.
create macro lacks_residents(locality_code) as
    locality_code = 'E09000001';
