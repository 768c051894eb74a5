"""Placeholder until the commands are written."""


def main() -> None: ...
