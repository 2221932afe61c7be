"""Jobs, schedules, sensors, resources, server and commands. Only this package configures Dagster."""
