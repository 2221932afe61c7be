"""Small areas, wards, postcodes and the local authorities that they are in."""
