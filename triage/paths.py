"""Where the program's own files lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_resources"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

MODELS = ROOT / "nlp_models"
LEXICON = MODELS / "lexicon"
LETTER_TEMPLATES = ROOT / "letter_templates"
MIGRATIONS = ROOT / "migrations"
RULE_CATALOG = _PACKAGE / "rules" / "catalog"
POLICIES = _PACKAGE / "rules" / "policies"
DEMO_MESSAGES = _PACKAGE / "demo"
