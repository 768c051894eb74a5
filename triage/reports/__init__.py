"""Variation between referrers, units and clinicians: pure functions over rows, and disclosure control."""
