"""The figures of the process and its machine."""

from app.config import Settings
from app.metrics import Metrics
from app.system import look


async def test_the_delay_is_told_by_the_share_of_looks_that_stayed_under_it(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True)
    metrics = Metrics()
    assert (await look(settings, metrics)).delays == []
    for _ in range(990):
        metrics.loop_delay.observe(0.002)
    for _ in range(10):
        metrics.loop_delay.observe(0.2)
    state = await look(settings, metrics)
    assert state.delays == [(0.5, 0.005), (0.99, 0.005), (0.999, 0.25)]
    assert 0 < state.disk_free <= state.disk_total
    assert state.memory is None or 0 < state.memory < (state.memory_total or 0)
