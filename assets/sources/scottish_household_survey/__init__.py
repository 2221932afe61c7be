"""The Scottish Household Survey, as statistics.gov.scot and the ScotPHO profiles publish it."""
