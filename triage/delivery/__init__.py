"""Letters on their way out, and what the recipient's system answers."""
