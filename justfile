# Bare `just` runs what must pass before anything lands.
default: check

# Serve the API on port 8889.
serve *options:
    harlake serve {{ options }}

# Run the tests; `just test --memory` also measures memory.
test *options:
    pytest {{ options }}

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

# Measure, as ratios from one run: `just bench --size 200MB --size 2GB --size 10GB`.
bench *options:
    python -m benchmarks {{ options }}

# Make the fixtures again, with the real producers.
fixtures:
    python fixtures/make.py
