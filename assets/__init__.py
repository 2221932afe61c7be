"""What the platform makes: tables from sources and from other tables, and editions of them."""
