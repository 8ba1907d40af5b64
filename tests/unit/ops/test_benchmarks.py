from ops.benchmarks import environment_of, names
from ops.layout import ENVIRONMENTS


def test_a_benchmark_runs_in_the_environment_that_it_names() -> None:
    """In Rasa's where it names none."""
    assert environment_of("memory") == "services"
    assert environment_of("turns") == "rasa"
    assert {environment_of(name) for name in names()} <= set(ENVIRONMENTS)
