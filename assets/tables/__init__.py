"""Tables that Python makes from the catalogue, the landed files and the records of a build."""
