"""Rules as files that a clinician can read, and the pure evaluator that finds those that hold for a referral."""
