-- H3: No value behind a composite of an edition is imputed.
select
    locality_code,
    imputed_n
from metrics.composite
where imputed_n <> 0
