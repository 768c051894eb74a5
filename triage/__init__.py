"""Referral triage for Norwegian hospital departments: the program proposes, a person decides."""

__version__ = "0.1.0"
