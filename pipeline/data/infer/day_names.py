"""What names of columns say of days and times: the row's day, another one, months. Pure Python."""

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

_DAYS = re.compile(
    r"date|datum|month|monat|week|woche|quarter|quartal|period|(?<![a-z])(?:day|tag|fecha|data|mois|mes)(?![a-z])",
    re.I,
)
_MONTHS = re.compile(r"month|monat|mois|period|yyyymm|(?<![a-z])(?:ym|mes|mese|m[eê]s)(?![a-z])", re.I)
_TIMES = re.compile(
    r"time|date|day|epoch|unix|_at$|(?:^|_)ts$|(?:^|[_\W])(?:when|on|moment|since|tag|month|week|seen)$|"
    r"created|stamp|datum|zeit|fecha|hora",
    re.I,
)
_TIMES_CAMEL = re.compile(r"[a-z](?:At|On|When|Ts)$")
_CLOCK = re.compile(r"time|clock|hour|uhr", re.I)


def is_of_another_day(name: str) -> bool:
    """Whether a name says that its days are not those of the rows, as a birth or a last visit."""
    return bool(_OF_ANOTHER_DAY.search(name))


def tells_the_row_s_day(name: str) -> bool:
    """Whether a name is one that the day of a row often has."""
    return bool(_OF_THE_ROW.search(name)) and not is_of_another_day(name)


def names_days(name: str) -> bool:
    """Whether a name is one of days, weeks, months or quarters, however they are written."""
    return bool(_DAYS.search(name))


def names_months(name: str) -> bool:
    """Whether a name is one of months, so that 201501 may be one."""
    return bool(_MONTHS.search(name))


def names_times(name: str) -> bool:
    """Whether a name is one of times, so that 1,600,000,000 may be one."""
    return bool(_TIMES.search(name) or _TIMES_CAMEL.search(name))


def names_a_clock(name: str) -> bool:
    """Whether a name is one of times of day, so that 1405 may be one."""
    return bool(_CLOCK.search(name))
