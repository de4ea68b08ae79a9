from __future__ import annotations

import pytest

from pipeline.data.infer.day_names import is_of_another_day, tells_the_row_s_day


@pytest.mark.parametrize(
    "name",
    [
        *("Date of Birth", "Geburtsdatum", "geb_datum", "date_naissance", "fecha_nacimiento", "data_nascita"),
        *("data_nascimento", "Ablaufdatum", "date d'échéance", "fecha_vencimiento", "data_scadenza"),
        *("Last Review", "last_service", "lastSeen", "letzter_besuch", "dernière_visite", "ultima_compra"),
        *("última_visita", "Hire Date", "Eintrittsdatum", "date_embauche", "data_assunzione", "seit_wann"),
    ],
)
def test_births_ends_and_last_times_are_of_another_day(name):
    assert is_of_another_day(name)
    assert not tells_the_row_s_day(name)


@pytest.mark.parametrize(
    "name",
    ["date", "Datum", "order_day", "orderedOn", "Tag", "fecha", "jour", "giorno", "data", "ts", "month"],
)
def test_some_names_are_those_of_the_row_s_day(name):
    assert tells_the_row_s_day(name)
    assert not is_of_another_day(name)


@pytest.mark.parametrize("name", ["reviewed", "border", "diagnosis", "plastic_x", "results", "elastic"])
def test_other_names_tell_nothing(name):
    assert not tells_the_row_s_day(name)
    assert not is_of_another_day(name)
