"""What the platform makes: one module a subject, each with pure parsers and thin assets."""
