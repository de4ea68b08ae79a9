from __future__ import annotations

from pipeline.data.infer.names import identifiers


def test_a_name_that_can_be_one_stays():
    assert identifiers(["PassengerId", "x_1", "Sex"]) == ("PassengerId", "x_1", "Sex")


def test_other_headers_become_names_of_their_words():
    headers = ["Size (m²)", "Größe", "2nd floor", "Discount %", "año", "class", "self"]
    expected = ("size_m2", "groesse", "c_2nd_floor", "discount_percent", "ano", "class_", "self_")
    assert identifiers(headers) == expected


def test_names_differ_by_more_than_their_case():
    assert identifiers(["size_m", "Size m", "size-m", "%%"]) == (
        "size_m",
        "size_m_2",
        "size_m_3",
        "percent_percent",
    )
    assert identifiers(["Age", "age"]) == ("Age", "age_2")


def test_a_header_without_a_letter_gets_a_name():
    assert identifiers(["()", "[]"]) == ("column", "column_2")
