"""Referral → Reading: sections, concepts with their status, values, alarm features, missing facts."""
