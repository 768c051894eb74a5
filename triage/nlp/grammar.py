"""Small words of Norwegian that several parts of the reading of cues need, as normal forms.

Words that a clinician would add to stand in `lexicon/steering.yaml`.
"""

OPENERS = frozenset(("gjelder", "gjeld", "hos", "i", "av", "fra", "på", "blant", "nær", "ramm"))
PREPOSITIONS = OPENERS | {"etter", "siden", "ved", "under", "før", "til", "med", "uten", "for", "om"}
SUBJECTS = frozenset(("hun", "han", "pasienten", "jeg", "vi", "hen"))
THINGS = frozenset(("den", "det"))  # before a verb: the complaint, no longer the relative
POINTERS = THINGS | {"de", "denne", "dette", "disse"}
ONE = frozenset(("en", "ein", "et", "eit", "ei"))
NOT = frozenset(("ikke", "ingen", "aldri"))
NEITHER = frozenset(("verken", "hverken", "korkje"))
NEGATORS = NOT | NEITHER | {"neppe", "umulig"}
HAVING = frozenset(("fikk", "fekk", "hadde", "har"))
CARRIED = HAVING | {"hatt", "fått", "ble", "døde", "blør", "blødde", "mistet", "spyr"}  # go on with their subject
BECAUSE = frozenset(("pga", "grunnet"))
REASONS = BECAUSE | {"da", "fordi", "siden", "ettersom", "idet", "når", "end", "skjønt"}  # `end` is `enda`
TIMES = frozenset(("når", "hvis", "dersom", "mens"))
NOW = frozenset(("nå", "no", "nu", "aktuelt", "aktuell", "akt"))  # at the head of what is told of today
SIDES = frozenset(("høyre", "venstre", "begge", "od", "os", "ou"))
SEPARATORS = frozenset((",", ".", ";", ")", "/", '"', "»"))
BOXES = frozenset(("[", "☐", "☑", "☒", "✓", "✔", "□", "■"))
