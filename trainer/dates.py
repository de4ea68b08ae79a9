"""Days, times of the day and timestamps as TensorFlow reads them: from text to numbers."""

from __future__ import annotations

import tensorflow as tf

MINUTES_PER_DAY = 24 * 60
NO_TIME = -1
NO_DAY = -(2**31)

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIMESTAMP = rf"{_DATE}[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"


def minute_of_day(hhmm: tf.Tensor) -> tf.Tensor:
    """Returns minutes since midnight, int64 [batch]; NO_TIME for what is no time. 2400 is midnight."""
    is_time = (hhmm >= 0) & (hhmm <= 2400) & (hhmm % 100 < 60)
    minute = (hhmm // 100 * 60 + hhmm % 100) % MINUTES_PER_DAY
    return tf.where(is_time, minute, tf.constant(NO_TIME, tf.int64))


def days_since_1970(iso_date: tf.Tensor) -> tf.Tensor:
    """Returns the days from 1970-01-01 to YYYY-MM-DD, int64 [batch]; NO_DAY for what is no day.

    Howard Hinnant's days_from_civil: years that begin in March, in eras of 400 years.
    """
    is_date = tf.strings.regex_full_match(iso_date, _DATE)
    text = tf.where(is_date, iso_date, "1970-01-01")
    year, month, day = (_number(text, start, length) for start, length in ((0, 4), (5, 2), (8, 2)))
    is_date &= (year > 0) & (day <= _days_of_month(year, month))
    year -= tf.cast(month <= 2, tf.int64)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return tf.where(is_date, era * 146_097 + day_of_era - 719_468, tf.constant(NO_DAY, tf.int64))


def day_and_minute(timestamp: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the days since 1970-01-01 and the minutes since midnight of YYYY-MM-DD HH:MM:SS, int64 [batch].

    A T may stand for the blank, and the seconds may be absent. NO_DAY and NO_TIME for what is no timestamp.
    """
    is_timestamp = tf.strings.regex_full_match(timestamp, _TIMESTAMP)
    text = tf.where(is_timestamp, timestamp, "1970-01-01 00:00")
    day = days_since_1970(tf.strings.substr(text, 0, 10))
    known = is_timestamp & (day != NO_DAY)
    minute = _number(text, 11, 2) * 60 + _number(text, 14, 2)
    return tf.where(known, day, tf.constant(NO_DAY, tf.int64)), tf.where(
        known, minute, tf.constant(NO_TIME, tf.int64)
    )


def weekday(day: tf.Tensor) -> tf.Tensor:
    """Returns 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday."""
    return (day + 3) % 7


def _number(text: tf.Tensor, start: int, length: int) -> tf.Tensor:
    return tf.strings.to_number(tf.strings.substr(text, start, length), tf.int64)


def _days_of_month(year: tf.Tensor, month: tf.Tensor) -> tf.Tensor:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    february = 28 + tf.cast(leap, tf.int64)
    return tf.where(month == 2, february, 31 - (month - 1) % 7 % 2)
