"""Before the header may stand Excel's `sep=` and comments; a header that begins with # is none."""

import pytest

from pipeline.data.rules.preamble import Preamble, preamble_of


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("a,b\n1,2\n", Preamble()),
        ("sep=;\na;b\n1;2\n", Preamble(1, 0, ";")),
        ('"sep=;"\r\na;b\r\n', Preamble(1, 0, ";")),
        ("SEP=\t\na\tb\n", Preamble(1, 0, "\t")),
        ("sep=^\na^b\n", Preamble(1, 0, "^")),
        ("sep=ab\n1\n", Preamble()),
        ("# made by hand\n# 2013\na,b\n1,2\n", Preamble(2, 2)),
        ("# made by hand\n\n#\n\na,b\n1,2\n", Preamble(3, 2)),
        ("sep=;\n# made\na;b\n", Preamble(2, 1, ";")),
        ("# first, second\na,b\nx,y\n1,2\n", Preamble(1, 1)),
        ("# first, second, third\na,b\n1,2\n", Preamble(1, 1)),
        ("#first, second\na,b\n1,2\n", Preamble(1, 1)),
        ("#a,b\nx,y\nz,w\n", Preamble()),
        ("#a,b\n1,x\n", Preamble()),
        ("# a,b\n1,x\n", Preamble()),
        ("# made\n#a;b\n1;2\n", Preamble(1, 1)),
        ("# a,b\n", Preamble()),
        ("# a\n# b", Preamble()),
        ("a,b\n# 1,2\n", Preamble()),
    ],
)
def test_what_stands_before_the_header_is_found(sample: str, expected: Preamble):
    assert preamble_of(sample) == expected
