#!/usr/bin/env bash
# `npm run test:extended`: installs what the oracle tests need, then runs them. See test/oracle/.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run setup:native -- --source wheel
if ! cmp -s test/oracle/requirements.txt .venv/oracle/installed.txt; then
  python3 -m venv .venv/oracle
  .venv/oracle/bin/pip install --quiet --disable-pip-version-check -r test/oracle/requirements.txt
  cp test/oracle/requirements.txt .venv/oracle/installed.txt
fi
if ! command -v strace >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -qq -y strace >/dev/null
fi
export EARSHOT_ORACLE_PYTHON="$PWD/.venv/oracle/bin/python"
export PATH="$PWD/.venv/oracle/bin:$PATH"
npx vitest run -c vitest.extended.config.ts
