#!/usr/bin/env bash
# A throw-away Ceph RADOS Gateway on 127.0.0.1, to hold our object store against: one monitor, one OSD that keeps
# everything in memory, one gateway. Debian 12: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
#
#   start-rgw.sh FOLDER PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
#
# FOLDER must not exist. Prints "ready" when it serves; stops everything and removes FOLDER when its input ends, so
# nothing is left behind when the process that started it dies.
set -euo pipefail
folder=${1:?folder} port=${2:?port} monitor=127.0.0.1:${3:?monitor port} access_key=${4:?access key} secret_key=${5:?secret key}

mkdir "$folder"
folder=$(cd "$folder" && pwd)
mkdir "$folder"/{mon,osd,rgw,log,run}
stop() {
  local outcome=$?
  trap - EXIT
  [ "$outcome" = 0 ] || cat "$folder/log/setup.log" >&2 || true
  local pids
  pids=$(cat "$folder"/run/*.pid 2>/dev/null || true)
  # Nothing that they hold is worth a clean end.
  [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

fsid=$(cat /proc/sys/kernel/random/uuid)
export CEPH_CONF="$folder/ceph.conf"
cat > "$CEPH_CONF" <<CONF
[global]
fsid = $fsid
run dir = $folder/run
admin socket = $folder/run/\$cluster-\$name.asok
pid file = $folder/run/\$name.pid
log file = $folder/log/\$name.log
mon cluster log file = $folder/log/cluster.log
crash dir = $folder/log
keyring = $folder/keyring
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
mon host = [v1:$monitor]
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
mon max pg per osd = 2000
mon data avail crit = 1
mon data avail warn = 1
setuser match path =
[mon]
mon data = $folder/mon/a
[osd]
osd data = $folder/osd/0
osd objectstore = memstore
memstore device bytes = 6442450944
osd class load list = *
osd class default list = *
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw dns name = localhost
rgw data = $folder/rgw
rgw enable apis = s3, admin, iam, sts, notifications
rgw thread pool size = 64
rgw override bucket index max shards = 4
rgw s3 auth use keystone = false
CONF

say() { "$@" >> "$folder/log/setup.log" 2>&1; }
# The parts give up ("wrong fsid") when they ask the monitor before it told them which cluster they are in.
again() { for _ in $(seq 9); do "$@" && return; sleep 1; done; "$@"; }

say ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
say ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
say monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:$monitor]" "$folder/monmap"
say ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
say ceph-mon -i a

osd=$(cat /proc/sys/kernel/random/uuid)
again say timeout 30 ceph osd new "$osd"
mkdir -p "$folder/osd/0"
say ceph-osd -i 0 --mkfs --osd-uuid "$osd"
again say ceph osd crush add osd.0 1.0 host=localhost root=default
again say ceph-osd -i 0
for _ in $(seq 120); do ceph osd stat 2>/dev/null | grep -q '1 up' && break; sleep 0.25; done

# The first of these makes the default zone. The name that clients send as LocationConstraint has to be set before the
# gateway starts.
say radosgw-admin user create --uid test --display-name Test --access-key "$access_key" --secret-key "$secret_key"
radosgw-admin zonegroup get --rgw-zonegroup default |
  sed 's/"api_name": "[^"]*"/"api_name": "us-south-standard"/' > "$folder/zonegroup.json"
say radosgw-admin zonegroup set --rgw-zonegroup default --infile "$folder/zonegroup.json"
say radosgw -n client.rgw.a --rgw-zone=default
for _ in $(seq 240); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.25; done
curl -sS -o /dev/null "http://127.0.0.1:$port/"

echo ready
cat > /dev/null
