"""The guarded web server with the daemon and the code server, as `cpower up` runs them."""
