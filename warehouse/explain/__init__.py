"""Why a value is what it is: from the value to the rows behind it, their files and sources."""
