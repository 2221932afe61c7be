-- A tour of an edition in twenty-one questions, each one select. Any DuckDB client and cpower query run them.
-- Every number has its interval beside it, or its state and reason.

-- 1. Which edition is this, what is its as-of date, and which version of DuckDB made it?
select edition_id, built_at, as_of, duckdb_version from meta.edition;

-- 2. What is a place called in the other language, and under which code?
select english."Code of locality", english."Locality", welsh."Ardal", english."Type of authority"
from en.localities as english
inner join cy.ardaloedd as welsh on english."Code of locality" = welsh."Cod yr ardal"
where english."Locality" <> welsh."Ardal"
order by english."Locality";

-- 3. What is known about one place, and for which year?
select
    "Measure", "Value", "Unit", "Lower end of interval", "Upper end of interval", "Method of interval", "State", "Last day"
from en.values
where "Area" = 'North Ayrshire' and "Value" is not null
order by "Measure", "Last day" desc;

-- 4. Who has community power? Where do people feel able to influence local decisions, and how sure is that?
select
    "Area", "Value", "Lower end of interval", "Upper end of interval", "Reliability", "Last day", "Comparable group"
from en.values
where "Code of measure" = 'coh_influence_pct' and "Value" is not null and "Nation" = 'Scotland' and "Area" <> 'Scotland'
order by "Last day" desc, "Value" desc;

-- 5. Which of them differ from Glasgow by more than chance? Only those whose intervals do not overlap. Reliable
-- values only. marts.cohesion_compared compares every place with its group.
with influence as (
    select value.locality_code, value.value, value.lci, value.uci, value.comparable_group, value.period
    from metrics.metric_value as value
    inner join core.dim_locality as locality on value.locality_code = locality.locality_code
    where value.metric_id = 'coh_influence_pct' and value.state = 'ok'
)
select
    locality.locality_name,
    place.value,
    place.lci,
    place.uci,
    case
        when place.lci > glasgow.uci then 'higher'
        when place.uci < glasgow.lci then 'lower'
        else 'not distinguishable'
    end as beside_glasgow
from influence as place
inner join influence as glasgow
    on place.comparable_group = glasgow.comparable_group
    and place.period = glasgow.period
    and glasgow.locality_code = 'S12000049'
inner join core.dim_locality as locality on place.locality_code = locality.locality_code
order by beside_glasgow, place.value desc;

-- 6. What is not known, and why? Unknown is never zero, so every gap has a reason.
select "State", "Reason for state", count(*) as values_n
from en.values
where "Value" is null
group by "State", "Reason for state"
order by values_n desc
limit 15;

-- 7. How much is known in each nation?
select "Nation", "Measure", "Localities", "Reliable value", "Unreliable value", "In no source", "Not searched"
from en.what_is_known
where "Code of measure" in ('bal_voice', 'bal_practice', 'dep_prop10_areas', 'pop_total')
order by "Measure", "Nation";

-- 8. What did councils and communities do in the places of the study? The other collection is a national scan: examples
-- for anyone who looks for practices, and not to be counted by place.
select "Locality", "Place", "Practice", "Type of practice", "Side", "Grade of evidence"
from en.practices
where "Collection" = 'study of 2021'
order by "Place", "Type of practice";

-- 9. Which of the sixteen kinds of practice does one place have? An empty cell was not searched for; it is not zero.
select "Type of practice", "Category", "Side", "Records", "State", "Reason for state"
from en.practice_matrix
where "Locality" = 'Gwynedd'
order by "Type of practice", "Side";

-- 10. Does it last? Practices by origin in the pandemic, and whether they were judged in 2021 to last.
select
    "Origin in the pandemic",
    count(case when "Judged to last" = 'likely to last' then 1 end) as likely_to_last_n,
    count(case when "Judged to last" = 'fragile' then 1 end) as fragile_n,
    count(case when "Judged to last" = 'not known' then 1 end) as not_known_n
from en.practices
where "Collection" = 'study of 2021'
group by "Origin in the pandemic"
order by "Origin in the pandemic";

-- 11. What has become of the practices since, and how well is that known?
with newest as (
    select
        practice_id, subject, status, status_date, confidence,
        row_number() over (partition by practice_id order by status_date desc, status_number desc) as age_order
    from core.fct_practice_status
    where practice_id is not null
)
select status, confidence, count(*) as practices_n, min(status_date) as oldest, max(status_date) as newest
from newest
where age_order = 1
group by status, confidence
order by practices_n desc;

-- 12. How reliable are the codes? Two independent readings by language models, which no person has reviewed. Axes with
-- an alpha below 0.667 are not counted. If the interval reaches below 0.667, the result is uncertain.
select axis, units_n, alpha, alpha_lci, alpha_uci, percent_agreement, alpha >= 0.667 as is_counted
from metrics.practice_agreement
order by alpha desc;

-- 13. Who took part? Organisations named together with a practice.
select partner.sector, partner.partner_name, practice.practice_name, practice.place
from core.bridge_practice_partner as partner
inner join core.fct_practice_study as practice on partner.practice_id = practice.practice_id
order by partner.sector, partner.partner_name;

-- 14. Who is left out? Records that say that they reached people who are seldom heard, by place. For the other records it is
-- unknown.
select
    place,
    count(*) as records_n,
    count(case when is_reaching_less_heard then 1 end) as said_to_reach_n
from core.fct_practice_study
group by place
order by said_to_reach_n desc, place;

-- 15. Where is deprivation concentrated? Within one nation and one index only.
select area_name, value, ci_method, period_end
from metrics.headline_value
where metric_id = 'dep_prop10_areas' and nation = 'Wales' and value is not null
order by value desc
limit 10;

-- 16. Does money go where need is? Awards of the place funds and deprivation in one nation, with intervals and states.
select
    "Locality",
    "Awards per head (£)",
    "Awards per head, lower end (£)",
    "Awards per head, upper end (£)",
    "State of awards per head",
    "Reason for state of awards per head",
    "Share of small areas in the most deprived tenth",
    "State of deprivation"
from en.funding_and_need
where
    "Nation" = 'Wales'
    and "Window of awards" = 'place_funds'
    and "Awards per head (£)" is not null
order by "Share of small areas in the most deprived tenth" desc;

-- 17. How much of the money on record can be placed, and how?
select placed.rule, count(*) as parts_n, sum(award.amount_gbp * placed.weight) as amount_gbp
from core.bridge_award_locality as placed
inner join core.fct_award as award on placed.award_key = award.award_key
where placed.basis = 'best' and award.amount_gbp is not null and award.award_set = 'place_funds'
group by placed.rule
order by amount_gbp desc;

-- 18. Which places depended on few funders in spring 2020? A share of few awards says little, so the number is beside it.
select locality.locality_name, summary.largest_funder_share, summary.funders_n, summary.awards_n, summary.total_gbp
from core.fct_award_summary as summary
inner join core.dim_locality as locality on summary.locality_code = locality.locality_code
where summary.awards_n >= 10
order by summary.largest_funder_share desc
limit 10;

-- 19. Where does a number come from? The files behind one value, with checksum, address and licence.
select distinct
    source.source_title, file.file_name, file.file_sha256, file.address, file.licence_id
from metrics.metric_value as value
cross join unnest(value.source_ids) as named (source_id)
inner join core.dim_source as source on named.source_id = source.source_id
inner join meta.landed_file as file on source.source_id = file.source_id and file.is_current
where value.metric_id = 'coh_influence_pct' and value.locality_code = 'S12000021';

-- 20. How old are the values? Days from the end of the period of a value to the as-of date.
select
    metric.family,
    count(*) as values_n,
    min(value.staleness_days) as least_days,
    median(value.staleness_days) as median_days,
    max(value.staleness_days) as most_days
from metrics.metric_value as value
inner join core.dim_metric as metric on value.metric_id = metric.metric_id
where value.value is not null
group by metric.family
order by median_days desc;

-- 21. Which places are like Gwynedd, and what do communities and councils do there? The order is of similarity alone, and
-- the practices are examples: a place without any may have practices that no one has recorded.
select
    place."Order of similarity",
    place."Similar locality",
    place."Differs most in",
    place."State",
    practice."Practice",
    practice."Type of practice",
    practice."Side",
    practice."Grade of evidence",
    practice."Code of practice"
from en.similar_localities as place
left join en.practices as practice
    on place."Code of similar locality" = practice."Code of locality" and practice."Counted in the measures"
where place."Locality" = 'Gwynedd'
order by place."Order of similarity", practice."Code of practice";
