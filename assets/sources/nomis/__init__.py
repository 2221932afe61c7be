"""Nomis: the mid-year population estimates."""
