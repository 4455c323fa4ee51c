# Bare `just` runs what must pass before anything lands.
default: check

# Serve the API on port 8889.
serve *options:
    harlake serve {{ options }}

# Run the tests; `just test --slow` runs them at full size, `--memory` and `--consumers` what takes minutes.
test *options:
    pytest {{ options }}

# Say which lines and branches no test reaches, in the processes that tests start as well: `just coverage tests/store`.
coverage *options:
    coverage erase
    -coverage run -m pytest {{ options }}
    coverage combine --quiet
    coverage report

# Send 10,000 hostile requests to every endpoint, in about five minutes: `just fuzz --seed 7 --inputs 1000`.
fuzz *options:
    python -m tests.fuzz {{ options }}

# Check style and import contracts.
lint:
    ruff check src tests benchmarks fixtures
    ruff format --check src tests benchmarks fixtures
    lint-imports

# Check types.
types:
    mypy
    mypy -p benchmarks -p tests

# Everything that must pass.
check: lint types test

# Measure everything about harlake, in ten minutes: `just bench --size 200MB --size 2GB --size 10GB`.
bench *options:
    python -m benchmarks.suite {{ options }}

# Measure other programs beside it, on the same files.
bench-peers *options:
    python -m benchmarks.peers {{ options }}

# Measure how it scales, against a checkout of an earlier version, in 45 minutes: `just bench-scale --before ../earlier`.
bench-scale *options:
    python -m benchmarks.scale {{ options }}

# Measure the ratios only, of one shape: `just bench-ratios --shape headers --runs 5`.
bench-ratios *options:
    python -m benchmarks {{ options }}

# Make the fixtures again, with the real producers.
fixtures:
    python fixtures/make.py
