"""Bytes from a sender become referrals, and receipts go back."""
