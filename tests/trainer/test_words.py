"""Words of a text become buckets: whatever the case, the punctuation and the alphabet."""

import numpy as np
import tensorflow as tf

from trainer.words import MOST_WORDS, NO_WORD, hashed_words


def buckets(*texts: str, of: int = 1_000) -> np.ndarray:
    return hashed_words(tf.constant(texts), of).numpy()


def test_a_word_is_its_letters_and_digits_in_lower_case():
    one, other, accented = buckets("Größe: 42 (cm)!", "  größe,42/CM ", "cafe\u0301 日本語 №5")
    assert one.tolist() == other.tolist()
    assert (one != NO_WORD).sum() == 3
    assert (accented != NO_WORD).sum() == 3


def test_the_order_stays_and_the_rest_is_no_word():
    one, other = buckets("a b", "b a")
    assert one[:2].tolist() == other[:2][::-1].tolist()
    assert set(one[2:]) == {NO_WORD}


def test_a_text_without_words_has_none():
    assert (buckets("", " - …", "\n") == NO_WORD).all()


def test_a_long_text_is_cut_after_its_first_words():
    (row,) = buckets(" ".join(map(str, range(MOST_WORDS + 10))))
    assert row.shape == (MOST_WORDS,)
    assert row.tolist() == buckets(" ".join(map(str, range(MOST_WORDS))))[0].tolist()


def test_buckets_leave_room_for_no_word():
    rows = buckets(*map(str, range(2_000)), of=3)[:, 0]
    assert set(rows) == {1, 2, 3}
