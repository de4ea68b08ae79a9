"""The proposal that a file was made from is the nearest one."""

from pipeline.data.write.records import additions, base_of, proposals

OLD, NEW = "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 3\nc: 4\n"


def test_the_nearest_proposal_is_the_base_of_a_file():
    assert base_of(OLD.replace("a: 1", "a: 10"), [NEW, OLD]) == OLD
    assert base_of(NEW.replace("a: 1", "a: 10"), [NEW, OLD]) == NEW


def test_of_two_equally_near_ones_the_newest_is():
    assert base_of("a: 1\n", [NEW, OLD]) == NEW


def test_without_proposals_there_is_no_base():
    assert base_of(OLD, []) is None


def test_a_proposal_is_recorded_once_and_what_was_there_before_the_first(tmp_path):
    for now, text in (({"x/f": "0"}, "1"), (None, "2"), (None, "2"), (None, "1")):
        for place, written in additions(tmp_path, now, {"x/f": text}).items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(written)
    assert proposals(tmp_path, "x/f") == ["1", "2", "1", "0"]


def test_an_earlier_init_without_records_is_not_taken_for_what_was_there_before(tmp_path):
    assert [place.parent.name for place in additions(tmp_path, None, {"x/f": "1"})] == ["1"]
