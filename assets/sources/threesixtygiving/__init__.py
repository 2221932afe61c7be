"""Award files in the 360Giving Data Standard: from sheets or JSON to grants, and from grants to awards and places."""
