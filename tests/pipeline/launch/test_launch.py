"""A launch holds all that decides a run; an equal launch is the same run, any other is another."""

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline.config.load import load
from pipeline.launch import fingerprint
from pipeline.launch.champion import Champion
from pipeline.launch.comparability import why_incomparable
from pipeline.launch.launch import Launch, is_same, resolve_launch
from pipeline.launch.window_record import window_days
from pipeline.spans.window import Span, Window
from pipeline.stages import Stage

CONFIG = load("local")


def day(number: int) -> dt.date:
    """The n-th of January 2013; above 31 it goes on in February."""
    return dt.date(2012, 12, 31) + dt.timedelta(days=number)


def window(first: int = 1, train: int = 4, evaluate: int = 3) -> Window:
    spans = [
        Span(day(number), f"/data/{day(number)}.csv", f"{number:064x}")
        for number in range(first, first + train + evaluate)
    ]
    return Window(tuple(spans[:train]), tuple(spans[train:]))


def champion(train_first: int = 1, train_last: int = 4, version: str = "1.0.1") -> Champion:
    return Champion(version, "/model", "/served/1", day(train_first), day(train_last), "run-1")


def launch(**changes: object) -> Launch:
    base = Launch(
        config=CONFIG,
        window=window(),
        champion=None,
        ignore_champion=None,
        schema=b"schema",
        code={"Trainer": "a", "Transform": "b"},
    )
    return dataclasses.replace(base, **changes)


class TestComparability:
    """The eval days are the 5th to the 7th."""

    @pytest.mark.parametrize(
        ("train_first", "train_last", "overlap"),
        [(1, 4, 0), (1, 5, 1), (1, 7, 3), (7, 20, 1), (6, 6, 1), (8, 20, 0), (-30, 60, 3)],
    )
    def test_a_champion_trained_on_eval_days_is_not_comparable(self, train_first, train_last, overlap):
        why = why_incomparable(champion(train_first, train_last), window())
        if not overlap:
            assert why is None
        else:
            assert why == (
                f"champion 1.0.1 was trained on {overlap} of the 3 eval days "
                f"({day(train_first)} … {day(train_last)}); "
                "a release would replace it by a model of older days"
            )

    def test_a_champion_that_saw_only_train_days_is_compared(self):
        assert launch(champion=champion(1, 4)).incomparable is None

    def test_a_champion_that_saw_eval_days_is_not_compared(self):
        assert "was trained on 1 of the 3 eval days" in launch(champion=champion(1, 5)).incomparable

    def test_a_persons_reason_not_to_compare_comes_first(self):
        ignoring = launch(champion=champion(1, 5), ignore_champion="its vocabulary is gone")
        assert ignoring.incomparable == "its vocabulary is gone"
        assert launch(champion=champion(), ignore_champion="broken").incomparable == "broken"

    def test_without_a_champion_nothing_is_incomparable(self):
        assert launch(ignore_champion="broken").incomparable is None


class TestIdentity:
    @pytest.mark.parametrize(
        "changes",
        [
            {"window": window(first=2)},
            {"window": window(train=3, evaluate=4)},
            {"schema": b"other"},
            {"code": {"Trainer": "c", "Transform": "b"}},
            {"code": {"Trainer": "b", "Transform": "a"}},
            {"config": load("local", {"training.seed": "99"})},
            {"config": load("local", {"model_gate.min_slice_rows": "501"})},
            {"ignore_champion": "broken"},
        ],
        ids=["days", "roles", "schema", "code", "code of two stages", "training", "gate", "ignore_champion"],
    )
    def test_it_changes_with_everything_that_decides_a_result(self, changes: dict):
        assert launch(**changes).identity != launch().identity

    def test_it_changes_with_the_content_of_one_span(self):
        spans = window().train_spans
        edited = (*spans[:-1], dataclasses.replace(spans[-1], fingerprint="f" * 64))
        other = launch(window=Window(edited, window().eval_spans))
        assert other.identity != launch().identity

    def test_it_does_not_change_with_the_place_of_the_data(self):
        moved = tuple(
            dataclasses.replace(span, path=f"/elsewhere{span.path}") for span in window().train_spans
        )
        assert launch(window=Window(moved, window().eval_spans)).identity == launch().identity

    def test_it_does_not_depend_on_the_champion_or_on_the_order_of_stages(self):
        same = launch(champion=champion(), code={"Transform": "b", "Trainer": "a"})
        assert same.identity == launch().identity


class TestIsSame:
    def is_same(self, finished: Launch, released: str | None, now: Launch) -> bool:
        return is_same(finished.record(), released, now)

    def test_an_equal_launch_against_the_same_champion_is_the_same(self):
        judged = launch(champion=champion())
        assert self.is_same(judged, None, judged)

    def test_an_equal_launch_before_any_release_is_the_same(self):
        assert self.is_same(launch(), None, launch())

    def test_an_equal_launch_whose_own_model_became_champion_is_the_same(self):
        now = launch(champion=champion(version="1.0.2"))
        assert self.is_same(launch(champion=champion(version="1.0.1")), "1.0.2", now)
        assert self.is_same(launch(), "1.0.2", now)

    @pytest.mark.parametrize(
        ("then", "released", "now"),
        [
            ("1.0.1", None, "1.0.2"),
            ("1.0.1", "1.0.2", "1.0.3"),
            (None, None, "1.0.1"),
            ("1.0.1", "1.0.2", None),
        ],
    )
    def test_against_another_champion_it_is_another_run(self, then, released, now):
        before, after = (launch(champion=champion(version=v) if v else None) for v in (then, now))
        assert not self.is_same(before, released, after)

    def test_another_identity_is_another_run_whoever_is_champion(self):
        judged = launch(champion=champion())
        assert not self.is_same(judged, "1.0.1", dataclasses.replace(judged, schema=b"other"))

    def test_a_run_that_recorded_nothing_is_not_the_same(self):
        assert not is_same({}, None, launch())


class TestRecord:
    def test_everything_that_decides_is_written_down_as_text(self):
        recorded = launch(champion=champion(1, 5))
        record = recorded.record()
        assert all(isinstance(text, str) for text in record.values())
        assert record["identity"] == recorded.identity
        assert record["champion"] == "1.0.1"
        assert record["incomparable"] == recorded.incomparable
        assert record["window_fingerprint"] == recorded.window.fingerprint
        assert record["schema_fingerprint"] == recorded.schema_fingerprint
        assert json.loads(record["code"]) == {"Trainer": "a", "Transform": "b"}
        assert type(CONFIG).model_validate_json(record["config"]) == CONFIG
        assert json.loads(record["window"]) == {
            "train_first": "2013-01-01",
            "train_last": "2013-01-04",
            "eval_first": "2013-01-05",
            "eval_last": "2013-01-07",
        }

    def test_what_is_not_there_is_written_as_nothing(self):
        record = launch().record()
        assert [record[key] for key in ("champion", "ignore_champion", "incomparable")] == ["", "", ""]


class TestResolve:
    @pytest.fixture
    def config(self, tmp_path: Path):
        for number in range(1, 9):
            (tmp_path / f"{day(number)}.csv").write_text(f"day {number}\n")
        window = {"window.days": "5", "window.eval_days": "2", "training.validation_days": "2"}
        return load("local", {"data.source": str(tmp_path), **window})

    @pytest.fixture(autouse=True)
    def one_stage(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(fingerprint, "STAGES", (Stage("Release", code=("components.release.rule",)),))

    def test_a_launch_is_resolved_from_the_data_and_the_configuration(self, config):
        resolved = resolve_launch(config, until=day(7), champion=champion(), ignore_champion="broken")
        assert window_days(resolved.window) == {
            "train_first": "2013-01-03",
            "train_last": "2013-01-05",
            "eval_first": "2013-01-06",
            "eval_last": "2013-01-07",
        }
        assert (resolved.champion, resolved.ignore_champion) == (champion(), "broken")
        assert (resolved.config, set(resolved.code)) == (config, {"Release", "graph"})
        assert b"feature {" in resolved.schema

    def test_resolving_twice_gives_the_same_identity(self, config):
        first, second = (resolve_launch(config, until=None, champion=None) for _ in range(2))
        assert first.identity == second.identity
        assert first.window.eval_spans[-1].date == day(8)
