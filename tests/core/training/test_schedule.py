"""The learning rate over the epochs: known values, and Keras's own cosine."""

from __future__ import annotations

import pytest

from core.training.schedule import learning_rate


def test_constant_stays() -> None:
    rates = {learning_rate(0.01, "constant", epoch=epoch, epochs=10) for epoch in range(1, 11)}
    assert rates == {0.01}


@pytest.mark.reference
def test_cosine_is_kerass_cosine_decay() -> None:
    import keras

    decay = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=20)
    for epoch in range(1, 21):
        ours = learning_rate(0.01, "cosine", epoch=epoch, epochs=20)
        assert ours == pytest.approx(float(decay(epoch - 1)), abs=1e-8)


def test_cosine_begins_whole_and_halves_in_the_middle() -> None:
    assert learning_rate(0.4, "cosine", epoch=1, epochs=10) == pytest.approx(0.4)
    assert learning_rate(0.4, "cosine", epoch=6, epochs=10) == pytest.approx(0.2)
