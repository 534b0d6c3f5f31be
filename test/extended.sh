#!/usr/bin/env bash
# `npm run test:extended`: installs what the oracle tests need, then runs them. See test/oracle/.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run setup:native -- --source wheel
requirements=(test/oracle/requirements.txt notebooks/requirements.txt)
if ! cat "${requirements[@]}" | cmp -s - .venv/oracle/installed.txt; then
  python3 -m venv .venv/oracle
  .venv/oracle/bin/pip install --quiet --disable-pip-version-check "${requirements[@]/#/-r}"
  cat "${requirements[@]}" >.venv/oracle/installed.txt
fi
# Programs that only Debian has; where they cannot be installed, the tests that need them are skipped and say so.
declare -A package_of=(
  [strace]=strace [s3cmd]=s3cmd [rclone]=rclone [/usr/bin/aws]=awscli
  [docker-registry]=docker-registry [skopeo]=skopeo [umoci]=umoci [openssl]=openssl
  [buildah]=buildah [mmdebstrap]=mmdebstrap
  [chromium]=chromium
  [radosgw]=radosgw [ceph-mon]=ceph-mon [ceph-osd]=ceph-osd [ceph]=ceph-common
)
absent=()
for program in "${!package_of[@]}"; do
  command -v "$program" >/dev/null || absent+=("${package_of[$program]}")
done
if [ ${#absent[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq || true
  for package in "${absent[@]}"; do
    apt-get install -qq -y --no-install-recommends "$package" >/dev/null || echo "cannot install $package" >&2
  done
fi
export EARSHOT_ORACLE_PYTHON="$PWD/.venv/oracle/bin/python"
export PATH="$PWD/.venv/oracle/bin:$PATH"
npx vitest run -c vitest.extended.config.ts
