"""Names of columns of days: those that say of which day a row is, and those of another day. Pure Python."""

from __future__ import annotations

import re

# In English, German, French, Spanish, Italian and Portuguese: births, ends, starts of a contract, changes,
# and the last time of something.
_OF_ANOTHER_DAY = re.compile(
    r"birth|dob|geburt|geboren|gebdat|(?<![a-z])geb(?![a-z])|naiss|nacim|(?<![a-z])nac(?![a-z])|nascita|nascim|"
    r"expir|due|valid|ablauf|g(?:ü|ue)ltig|f(?:ä|ae)llig|[ée]ch[ée]an|p[ée]remp|vencim|caduc|scaden|"
    r"signup|sign_up|hire|joined|founded|eintritt|einstell|angestellt|gegr(?:ü|ue)ndet|embauche|inscri|"
    r"contrata[cç]|assunzion|fonda[tç]|funda[cç]|"
    r"since|(?<![a-z])seit|depuis|desde|"
    r"updated|modif|ge(?:ä|ae)ndert|aktualisiert|mise?.?[àa].?jour|a(?:c)?tualiza|aggiorn|"
    r"(?<![a-z])last|zuletzt|letzte|derni[èe]r|[úu]ltim",
    re.I,
)
_OF_THE_ROW = re.compile(
    r"date|day|datum|week|month|quarter|quartal|period|created|time|(?<![a-z])(?:order|event)|"
    r"(?<![a-z])(?:ts|tag|zeit|zeitpunkt|woche|monat|jour|semaine|mois|fecha|d[ií]a|semana|mes|hora|giorno|"
    r"settimana|mese|data|m[êe]s)(?![a-z])",
    re.I,
)


def is_of_another_day(name: str) -> bool:
    """Whether a name says that its days are not those of the rows, as a birth or a last visit."""
    return bool(_OF_ANOTHER_DAY.search(name))


def tells_the_row_s_day(name: str) -> bool:
    """Whether a name is one that the day of a row often has."""
    return bool(_OF_THE_ROW.search(name)) and not is_of_another_day(name)
