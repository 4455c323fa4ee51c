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
    ruff check src tests benchmarks fixtures tools
    ruff format --check src tests benchmarks fixtures tools
    lint-imports

# Check types.
types:
    mypy
    mypy -p benchmarks -p tests

# Everything that must pass.
check: lint types page test

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

# Measure the page in Chromium, with a million entries and five gigabytes: `just bench-page --folder /var/tmp/captures`.
bench-page *options:
    python -m benchmarks.page {{ options }}

# Measure redaction beside what people use instead: `just bench-redact --hars captures/ --planted planted/`.
bench-redact *options:
    python -m benchmarks.redact {{ options }}

# Take pictures of every view of the page, to be looked at: `just screenshots --small --to /tmp/pictures`.
screenshots *options:
    python -m benchmarks.page.screenshots {{ options }}

# Make the fixtures again, with the real producers.
fixtures:
    python fixtures/make.py

# Check the page's JavaScript: types, style, format, unit tests.
page:
    #!/usr/bin/env bash
    set -euo pipefail
    command -v npm >/dev/null || { echo "not checked: the page's JavaScript, for there is no npm"; exit 0; }
    [ -d node_modules ] || npm install --no-audit --no-fund --no-package-lock --ignore-scripts --silent
    for script in types lint format test; do npm run --silent "$script"; done

# Fetch the page's libraries again from npm, or say whether what is here is what is there: `just vendor --check`.
vendor *options:
    python tools/vendor.py {{ options }}
