"""The order of rows: of the seed and the epoch alone."""

import numpy as np

from trainer.training.order import order


def test_an_epoch_has_its_order_whatever_came_before():
    """Epoch 3 alone is as after epochs 0 to 2, and as after other random numbers were drawn."""
    alone = order(50, 17, 3).tolist()
    np.random.seed(1)
    in_turn = [order(50, 17, epoch).tolist() for epoch in range(4)]
    assert in_turn[3] == alone


def test_every_row_comes_once_in_another_order_for_each_epoch_and_seed():
    orders = [order(50, seed, epoch).tolist() for seed in (1, 2) for epoch in (0, 1, 2)]
    assert all(sorted(one) == list(range(50)) for one in orders)
    assert len({tuple(one) for one in orders}) == len(orders)


def test_both_sets_of_packages_draw_the_same_order():
    """Should numpy draw another one day, models change with it: say so in the change log."""
    assert order(8, 17, 0).tolist() == [1, 0, 6, 4, 2, 7, 5, 3]
