"""Parser of award files in the 360Giving Data Standard: sheets or JSON to grants, grants to awards and places."""
