"""From a publisher's bytes to rows of text and on to valid rows: tabular readers, contracts, quarantine. No Dagster."""
