"""The experimental composite and its what-if. Off by default."""
