"""StatsWales: observations by local authority, the figures they report and the labels of their data sets."""
