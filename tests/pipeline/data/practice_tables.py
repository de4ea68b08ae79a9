"""Small tables with everything that raw files have, and what each of their columns is: dtype, kind, role."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np

LEFT_OUT = None
Truth = dict[str, "tuple[str, str, str] | None"]


@dataclasses.dataclass(frozen=True)
class Table:
    """A raw file: its rows, how it is written, its label, and what is right of each column."""

    name: str
    label: str
    rows: list[list[object]]
    truth: Truth
    delimiter: str = ","
    encoding: str = "utf-8"

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        with path.open("w", newline="", encoding=self.encoding) as file:
            writer = csv.writer(file, delimiter=self.delimiter)
            writer.writerow(self.truth)
            writer.writerows(self.rows)
        return path


def german() -> Table:
    """A German export: semicolons, cp1252, decimal commas, dotted dates, ja and nein, codes with zeros."""
    random, rows = np.random.default_rng(3), []
    for row in range(900):
        day = dt.date(2022, 1, 1) + dt.timedelta(days=row // 2)
        sales, city = float(random.normal(2000, 900)), int(random.integers(0, 4))
        left = random.random() < 1 / (1 + np.exp(-(sales - 2000) / 600 - city + 1.5))
        rows.append(
            [
                day.strftime("%d.%m.%Y"),
                _german(sales),
                f"{city * 10 + 5},5 %" if random.random() > 0.05 else "-",
                f"0{random.integers(1000, 9999)}",
                ["Köln", "München", "Berlin", "Gießen"][city],
                ["nein", "ja"][int(random.integers(0, 2))],
                ["Nein", "Ja"][int(left)],
            ]
        )
    truth: Truth = {
        "Datum": ("string", "date", "date"),
        "Umsatz (€)": ("float32", "number", "feature"),
        "Rabatt": ("float32", "number", "feature"),
        "PLZ": ("string", "category", "feature"),
        "Stadt": ("string", "category", "feature"),
        "Stammkunde?": ("int64", "category", "feature"),
        "Gekündigt": ("int64", "category", "label"),
    }
    return Table("kunden.csv", "Gekündigt", rows, truth, ";", "cp1252")


def orders() -> Table:
    """Orders with an id, a constant, a copy, currency, nulls, a class named None, and two leaks."""
    random, rows = np.random.default_rng(4), []
    for row in range(1500):
        amount, kind, age = (
            abs(random.normal(80, 40)) + 1,
            random.choice(["food", "toys", "books"]),
            random.integers(18, 90),
        )
        back = (amount - 80) / 40 + 1.5 * (kind == "toys") - (age - 50) / 30 + random.normal() > 1.0
        time = dt.datetime(2023, 1, 1) + dt.timedelta(minutes=int(row * 350))
        rows.append(
            [
                *(100_000 + row, f"${amount:,.2f}", kind, age if random.random() > 0.03 else "NA"),
                *(time.strftime("%m/%d/%Y %H:%M"), f"{amount * 0.9:.2f}" if back else "", "X"),
                *(random.choice(["None", "Gold", "Silver"]), kind, int(back), "refunded" if back else "kept"),
            ]
        )
    truth: Truth = {
        "order id": LEFT_OUT,
        "amount": ("float32", "number", "feature"),
        "category": ("string", "category", "feature"),
        "customer age": ("int64", "number", "feature"),
        "ordered at": ("string", "timestamp", "feature"),
        "refund amount": LEFT_OUT,
        "shop": LEFT_OUT,
        "class": ("string", "category", "feature"),
        "category copy": LEFT_OUT,
        "returned": ("int64", "category", "label"),
        "outcome": LEFT_OUT,
    }
    return Table("orders.csv", "returned", rows, truth)


def panel() -> Table:
    """A weekly panel of shops: a number to predict."""
    random, rows = np.random.default_rng(5), []
    for week in range(60):
        for shop in range(25):
            promotion, warm = random.random() < 0.2, 10 + 12 * np.sin(week / 52 * 6.28)
            sales = 15_000 + 500 * shop + 4_000 * promotion + 80 * warm + random.normal() * 900
            day = dt.date(2019, 1, 7) + dt.timedelta(weeks=week)
            rows.append(
                [
                    shop + 1,
                    day,
                    f"{sales:.2f}",
                    "TRUE" if promotion else "FALSE",
                    f"{warm:.1f}",
                    "ABC"[shop % 3],
                ]
            )
    truth: Truth = {
        "Store": ("int64", "category", "feature"),
        "Week": ("string", "date", "date"),
        "Weekly_Sales": ("float32", "number", "label"),
        "Promo": ("int64", "category", "feature"),
        "Temperature": ("float32", "number", "feature"),
        "StoreType": ("string", "category", "feature"),
    }
    return Table("panel.csv", "Weekly_Sales", rows, truth)


def members() -> Table:
    """A row a month for each member: a day and an owner in one table, and who leaves."""
    random, rows = np.random.default_rng(11), []
    for month in range(18):
        for member in range(150):
            usage = random.gamma(2.0, 3.0)
            leaves = random.random() < 1 / (1 + np.exp(usage - 3))
            day = dt.date(2022 + month // 12, month % 12 + 1, 1)
            rows.append([day, f"M{member:04d}", f"{usage:.2f}", "yes" if leaves else "no"])
    truth: Truth = {
        "month": ("string", "date", "date"),
        "member_id": ("string", "category", "key"),
        "usage": ("float32", "number", "feature"),
        "left": ("int64", "category", "label"),
    }
    return Table("members.csv", "left", rows, truth)


def reviews() -> Table:
    """Free text in three classes, of which one is named none."""
    random, rows = np.random.default_rng(6), []
    words = {"bad": ["broken", "awful"], "none": ["the", "box"], "good": ["great", "love"]}
    for row in range(600):
        kind = ["bad", "none", "good"][row % 3]
        text = [*random.choice(["a", "it", "item", "was", "with"], 8), *random.choice(words[kind], 2)]
        rows.append([f"R{row:06d}", " ".join(random.permutation(text)), random.integers(1, 60), "web", kind])
        rows[-1][3] = random.choice(["ios", "android", "web"])
    truth: Truth = {
        "review_id": LEFT_OUT,
        "review text": ("string", "text", "feature"),
        "seconds on page": ("int64", "number", "feature"),
        "device": ("string", "category", "feature"),
        "sentiment": ("string", "category", "label"),
    }
    return Table("reviews.tsv", "sentiment", rows, truth, "\t")


def patients() -> Table:
    """Visits of patients: a key, births in two-digit years, times of day, a label of 1 and 2, undated."""
    random, rows = np.random.default_rng(7), []
    for patient in range(300):
        base = random.normal()
        for _ in range(int(random.integers(1, 7))):
            born = dt.date(1935, 1, 1) + dt.timedelta(days=int(random.integers(0, 20_000)))
            pressure = 120 + 10 * base + random.normal() * 8
            rows.append(
                [
                    *(
                        f"P{patient:04d}",
                        born.strftime("%d/%m/%y"),
                        random.choice(["m", "f"]),
                        f"{pressure:.0f}",
                    ),
                    f"{random.normal(5, 1):.1f}" if random.random() > 0.2 else "?",
                    *(
                        f"{random.integers(0, 24):02d}:{random.integers(0, 60):02d}",
                        random.choice(["Y", "N"]),
                    ),
                    2 if base + random.normal() * 1.5 > 0.6 else 1,
                ]
            )
    truth: Truth = {
        "patient_id": ("string", "category", "key"),
        "birth date": ("string", "date", "feature"),
        "sex": ("string", "category", "feature"),
        "systolic": ("int64", "number", "feature"),
        "glucose": ("float32", "number", "feature"),
        "visit time": ("int64", "clock", "feature"),
        "smoker": ("int64", "category", "feature"),
        "outcome": ("int64", "category", "label"),
    }
    return Table("patients.psv", "outcome", rows, truth, "|")


def houses() -> Table:
    """Houses: an id, nulls named NA, a class named None, sentinels, zip codes, prices to predict."""
    random, rows = np.random.default_rng(8), []
    for row in range(700):
        area, year = random.integers(40, 300), random.integers(1900, 2015)
        price = area * 900 + (year - 1900) * 300 + random.normal() * 30_000
        rows.append(
            [
                *(row + 1, random.choice(["North", "South", "Old Town"]), area, year),
                *(
                    random.choice(["NA", "Grvl", "Pave"], p=[0.8, 0.1, 0.1]),
                    random.choice(["None", "Brick", "Stone"]),
                ),
                -999 if random.random() < 0.1 else random.integers(20, 90),
                *(random.choice([94110, 10025, 60614, 30301]), f"{price:.0f}"),
            ]
        )
    truth: Truth = {
        "Id": LEFT_OUT,
        "Neighborhood": ("string", "category", "feature"),
        "Area": ("int64", "number", "feature"),
        "YearBuilt": ("int64", "number", "feature"),
        "Alley": ("string", "category", "feature"),
        "Veneer": ("string", "category", "feature"),
        "Frontage": ("int64", "number", "feature"),
        "zip": ("int64", "category", "feature"),
        "SalePrice": ("int64", "number", "label"),
    }
    return Table("houses.csv", "SalePrice", rows, truth)


def passengers() -> Table:
    """Few different rows, each many times; no dates."""
    random, rows = np.random.default_rng(9), []
    for _ in range(1200):
        cabin, sex = random.choice(["1st", "2nd", "3rd"]), random.choice(["male", "female"])
        saved = random.random() < {"1st": 0.5, "2nd": 0.35, "3rd": 0.2}[cabin] + 0.35 * (sex == "female")
        rows.append([cabin, sex, random.choice(["adult", "child"]), "yes" if saved else "no"])
    truth: Truth = {
        "class": ("string", "category", "feature"),
        "sex": ("string", "category", "feature"),
        "age": ("string", "category", "feature"),
        "survived": ("int64", "category", "label"),
    }
    return Table("passengers.csv", "survived", rows, truth)


def _german(number: float) -> str:
    return f"{number:,.2f}".replace(",", "#").replace(".", ",").replace("#", ".")


TABLES = (german, orders, panel, members, reviews, patients, houses, passengers)
