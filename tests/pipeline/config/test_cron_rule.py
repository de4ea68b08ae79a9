"""A schedule that Cloud Scheduler would refuse, or that never comes, is named, each at its limit."""

import pytest

from pipeline.config.cron_rule import cron_faults, time_zone_fault


@pytest.mark.parametrize(
    "cron",
    [
        "0 2 * * *",
        "*/15 0-23/2 1,15 JAN-JUN MON-FRI",
        "00 02 01 01 07",
        "59 23 31 12 7",
        "0 0 1 1 0",
        "0 0 29 2 *",
        "0 0 30,31 */2 *",
        "0 0 30 2 MON",
        "0 0 */31 2 *",
        "0 0 31 1-3 *",
        "0 0 31 FEB,MAR *",
        "0-59/59 0-23/23 1-31/31 1-12/12 0-7/7",
        "*/59 */23 */31 */12 */7",
        "*/1 */1 1 1 *",
        "0 0 1 1 5-7",
        "5-5 0 * * *",
    ],
)
def test_a_schedule_that_comes_is_taken(cron: str):
    assert [*cron_faults(cron)] == []


@pytest.mark.parametrize(
    ("cron", "fault"),
    [
        ("", "cron '' has 0 fields; it needs 5: minute, hour, day of the month, month, day of the week"),
        ("0 2 * *", "has 4 fields"),
        ("0 2 * * * *", "has 6 fields"),
        ("@daily", "has 1 fields"),
        ("60 2 * * *", "minute '60' is out of range; it is 0 to 59"),
        ("-1 2 * * *", "minute '-1' is none of *, a number, a range as 1-5, or a step as */15"),
        ("0 24 * * *", "hour '24' is out of range; it is 0 to 23"),
        ("0 2 0 * *", "day of the month '0' is out of range"),
        ("0 2 32 * *", "day of the month '32' is out of range; it is 1 to 31"),
        ("0 2 * 0 *", "month '0' is out of range; it is 1 to 12, or JAN to DEC in capitals"),
        ("0 2 * 13 *", "month '13' is out of range"),
        ("0 2 * 001 *", "month '001' is out of range"),
        ("0 2 * jan *", "month 'jan' is out of range; it is 1 to 12, or JAN to DEC in capitals"),
        (
            "0 2 * * mon-FRI",
            "day of the week 'mon-FRI' is out of range; it is 0 to 7, or SUN to SAT in capitals",
        ),
        ("0 2 * JUX *", "month 'JUX' is out of range"),
        ("0 2 * * 8", "day of the week '8' is out of range; it is 0 to 7, or SUN to SAT"),
        ("0 2 * * MONDAY", "day of the week 'MONDAY' is out of range"),
        ("0 5-2 * * *", "hour '5-2' ends before it begins"),
        ("0 2 * * 5-1", "day of the week '5-1' ends before it begins"),
        ("0 2 * * FRI-SUN", "day of the week 'FRI-SUN' ends before it begins"),
        ("0 2 * NOV-FEB *", "month 'NOV-FEB' ends before it begins"),
        ("0 1-24 * * *", "hour '1-24' is out of range"),
        ("*/0 2 * * *", "minute '*/0' has the step 0; it is 1 to 59"),
        ("*/60 2 * * *", "minute '*/60' has the step 60"),
        ("0 */24 * * *", "hour '*/24' has the step 24; it is 1 to 23"),
        ("0 2 */32 * *", "day of the month '*/32' has the step 32; it is 1 to 31"),
        ("0 2 * */13 *", "month '*/13' has the step 13; it is 1 to 12"),
        ("0 2 * * */8", "day of the week '*/8' has the step 8; it is 1 to 7"),
        ("*/99 2 * * *", "minute '*/99' has the step 99; it is 1 to 59"),
        ("*/015 2 * * *", "minute '*/015' has the step 015"),
        ("0/15 2 * * *", "minute '0/15' steps from a number; write 0-59/15"),
        ("0 2 * JAN/3 *", "month 'JAN/3' steps from a number; write JAN-12/3"),
        ("1-5-9 2 * * *", "minute '1-5-9' is none of"),
        ("1_0 2 * * *", "minute '1_0' is none of"),
        ("1,,2 2 * * *", "minute '' is none of"),
        ("? 2 * * *", "minute '?' is none of"),
        ("0  2 * * *", "has more than one space in a row, or one at an end; write '0 2 * * *'"),
        (" 0 2 * * *", "write '0 2 * * *'"),
        ("0 2 * * * ", "write '0 2 * * *'"),
        ("0\t2 * * *", "has the character '\\t'; type it anew in plain digits, letters and spaces"),
        ("0\u00a02 * * *", "has the character '\\xa0'"),
        ("０ 2 * * *", "has the character '０'"),
        ("0 ٢ * * *", "has the character '٢'"),
        ("0 2 1\u20135 * *", "has the character '\u2013'"),
        ("every 24 hours", "has 3 fields"),
        ("0 2 L * *", "day of the month 'L' is out of range; it is 1 to 31"),
        ("0 0 30 FEB *", "cron '0 0 30 FEB *' never comes"),
        ("0 0 30 2 */2", "never comes"),
        ("0 0 30 2 *", "cron '0 0 30 2 *' never comes: no month that it names has such a day"),
        ("0 0 31 FEB,4,6,9-9,11 *", "never comes"),
        ("0 0 31 4-11/7 *", "never comes"),
        ("0 0 30-31 2 *", "never comes"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_named(cron: str, fault: str):
    (said,) = cron_faults(cron)
    assert fault in said


def test_each_wrong_field_is_named():
    assert [said.split("'")[0].strip() for said in cron_faults("60 24 32 13 8")] == [
        "minute",
        "hour",
        "day of the month",
        "month",
        "day of the week",
    ]


@pytest.mark.parametrize(
    "name", ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT-2"]
)
def test_a_time_zone_of_the_database_is_taken(name: str):
    assert time_zone_fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Europe/Berlln",
            "CEST",
            "EST",
            "GMT+2",
            "+02:00",
            "",
            "europe/berlin",
            "localtime",
            "Europe/Berlin ",
        ),
        *("Europe / Berlin", "Europe/", "/Berlin", "Ｅurope/Berlin", "utc", "UTC+1", "Z", "Berlin"),
    ],
)
def test_another_time_zone_is_named(name: str):
    assert f"time zone {name!r} is not a place of the IANA database" in (time_zone_fault(name) or "")
