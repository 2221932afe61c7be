"""StatsWales: observations by local authority, rules on their figures, and labels of data sets."""
