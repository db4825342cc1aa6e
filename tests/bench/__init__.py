"""What the product does in a second, each figure beside the barest way to do the same, measured in the same run.

`./run bench` prints all figures, `./run bench letters` one, `./run bench --write` puts them into docs/benchmarks.md.
A server is always in a process of its own, so that what asks it does not take its time. Nothing here is timed by
pytest; test_bench_runs.py only keeps it from rotting.
"""
