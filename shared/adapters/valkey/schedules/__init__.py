"""Schedules in Valkey."""
