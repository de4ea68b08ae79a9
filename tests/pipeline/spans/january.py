"""Days by number, for tests."""

import datetime as dt


def day(number: int) -> dt.date:
    """The n-th of January 2013; above 31 it goes on in February."""
    return dt.date(2012, 12, 31) + dt.timedelta(days=number)


def days(*numbers: int) -> list[dt.date]:
    return [day(number) for number in numbers]
