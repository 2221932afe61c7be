"""What publishers' files hold and how it is read: one module or package a publisher, without Dagster."""
