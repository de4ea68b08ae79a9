"""Contenders are asked in turns, and a figure is the median of the turns of the process that answered."""

import os
import subprocess
import time

import psutil

from benchmarks.serving import TURNS, Contender, Turn, cpu_us, measured, ratios, table


def contender(name: str, asked: list[tuple[str, int]]) -> Contender:
    def ask(count: int) -> list[float]:
        asked.append((name, count))
        return [0.001] * count

    return Contender(name, psutil.Process(os.getpid()), ask)


def test_each_turn_asks_all_and_begins_with_another():
    asked: list[tuple[str, int]] = []
    turns = measured([contender(name, asked) for name in ("ours", "fastapi", "bytes")], 50, turns=3)
    assert [name for name, count in asked if count == 50] == [
        "ours", "fastapi", "bytes", "fastapi", "bytes", "ours", "bytes", "ours", "fastapi",
    ]  # fmt: skip
    assert {name: len(each) for name, each in turns.items()} == {"ours": 3, "fastapi": 3, "bytes": 3}


def test_the_table_and_the_ratios_are_of_medians():
    """One slow turn moves neither."""

    def turns(cpu: float, latency_s: float = 0.001) -> list[Turn]:
        usual = Turn(cpu, (latency_s,) * 100)
        return [*[usual] * (TURNS - 1), Turn(100 * cpu, (latency_s * 10,) * 100)]

    costs = {"ours": 500.0, "fastapi": 2000.0, "before": 1000.0, "ours-log-split": 540.0}
    found = {name: turns(cpu) for name, cpu in costs.items()}
    assert cpu_us(found["ours"]) == 500
    assert "| ours, REST | 500 (500) | 1,000 (1,000) | 1.00 | 10.00 |" in table(found)
    assert ratios(found) == [
        "CPU of FastAPI / ours, REST: 4.0",
        "CPU less than before, REST: 50%",
        "CPU that log and canary add: +8%",
    ]


def test_cpu_is_that_of_the_process_that_answers():
    """Not the client's, and not another server's."""

    def busy(count: int) -> list[float]:
        before = time.process_time()
        while time.process_time() - before < 0.05:
            pass
        return [0.05] * count

    assert 5_000 <= Contender("ours", psutil.Process(os.getpid()), busy).turn(10).cpu_us < 50_000
    with subprocess.Popen(["sleep", "30"]) as idle:
        assert Contender("bytes", psutil.Process(idle.pid), busy).turn(10).cpu_us < 5_000
        idle.kill()
