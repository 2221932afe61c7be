"""Assets of the platform: tables from sources and other tables, and editions of them."""
