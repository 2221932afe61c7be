"""Look-up tables on awards from the catalogue: names of places, kinds of recipient, funders outside the local scope.

The rules are in `award_places.yaml` and `award_funders.yaml` of the catalogue; these tables make them available to SQL.
`sql/core` applies them to awards.
"""

from functools import cache
from typing import Any

import polars as pl
import yaml

from assets.factories.python_tables import computed
from warehouse.catalogue import ROOT
from warehouse.yaml_loader import YAML_LOADER


@cache
def _rules(file: str) -> dict[str, list[Any]]:
    rules: dict[str, list[Any]] = yaml.load((ROOT / file).read_text("utf-8"), YAML_LOADER)
    return rules


def recipient_rules() -> pl.DataFrame:
    """Return the rules for the kind of a recipient, in the order in which they are applied.

    Columns `rule_number` (from 1), `matches` (id_prefix, name_contains or fund), `pattern`, `recipient_kind`, `reason`.
    """
    rules = [
        {"rule_number": number} | rule for number, rule in enumerate(_rules("award_funders.yaml")["recipients"], 1)
    ]
    return pl.DataFrame(rules)


def national_infrastructure_funders() -> pl.DataFrame:
    """Return the funders of national infrastructure: `funder_name` and `reason`."""
    return pl.DataFrame(_rules("award_funders.yaml")["national_infrastructure_funders"])


def award_place_names() -> pl.DataFrame:
    """Return the names of places in award files that are not names or aliases of localities.

    Columns `place_name`, `breadth` (nation, region, upper_tier or local), and for local ones the `area_code`. The
    county council of each upper-tier area is a name too.
    """
    named = _rules("award_places.yaml")
    wider = [(name, breadth, None) for breadth in ("nation", "region", "upper_tier") for name in named[breadth]]
    wider += [(f"{name} County Council", "upper_tier", None) for name in named["upper_tier"]]
    local = [(place["name"], "local", place["area_code"]) for place in named["local"]]
    schema = {"place_name": pl.String, "breadth": pl.String, "area_code": pl.String}
    return pl.DataFrame([*wider, *local], schema=schema, orient="row")


SUBJECT = "reference"
RECIPES = [
    computed("staging.reference__recipient_rule", lambda _: recipient_rules(), always=True),
    computed(
        "staging.reference__national_infrastructure_funder", lambda _: national_infrastructure_funders(), always=True
    ),
    computed("staging.reference__award_place_name", lambda _: award_place_names(), always=True),
]
