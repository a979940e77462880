"""Zones from a directory of the test's own."""

from zones.directory import zone_directory

__all__ = ["zone_directory"]
