"""Landing a file, pulled or uploaded: recognised, read, compared with the previous one, tried; kept or refused."""
