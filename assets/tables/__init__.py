"""The few tables that Python makes: of the catalogue, of the landed files and of the record of a build."""
