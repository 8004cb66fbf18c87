#!/bin/bash
# Makes an agent's machine of a stock Debian 12, or finishes one that was made from the baked image. The same for every
# agent: what is an agent's own comes from metadata, and is checked by read-facts.ts before anything uses it. Running it
# again changes nothing. What it prints reaches the serial port, so it prints no value.
set -euo pipefail
umask 022
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive

# https://nodejs.org/dist/v24.21.0/SHASUMS256.txt
readonly NODE_VERSION=v24.21.0
readonly NODE_SHA256=fd8e59d5a511510f6a298afb548f18c7d2b1be404d8b4a27d94fbe49f56cb2d6

readonly BASE=/opt/agents-plane
readonly SYSTEM=$BASE/program/infra/machine/vm/system
readonly SOURCES=/etc/agents-plane/sources.env
readonly DISK=/dev/disk/by-id/google-ap-data
readonly STATE=/var/lib/agents-plane

say() { printf 'agents-plane: %s\n' "$1"; }

fail() {
  say "$1" >&2
  exit 1
}

# The sources of everything that runs here, packed.
program() {
  base64 --decode <<'PROGRAM'
{{program}}
PROGRAM
}

# Points a name at what it means now, at once.
link() {
  [ "$(readlink "$2" || true)" = "$1" ] && return
  ln -sfnT "$1" "$2.new"
  mv -T "$2.new" "$2"
}

unpack_program() {
  local id aside
  id=$(program | sha256sum | cut -c1-16)
  mkdir -p "$BASE"
  if [ ! -d "$BASE/program-$id" ]; then
    aside=$(mktemp -d "$BASE/.program.XXXXXX")
    program | tar -xz -C "$aside" --no-same-owner
    chmod -R u=rwX,go=rX "$aside"
    mv -T "$aside" "$BASE/program-$id"
  fi
  link "program-$id" "$BASE/program"
}

# What an instance has no script of its own for at its stop, Google's guest agent takes from the whole project, and runs it
# as root. Masked and not stopped: to stop the unit is what runs it. https://cloud.google.com/compute/docs/shutdownscript
close_project_scripts() {
  systemctl mask --quiet google-shutdown-scripts.service google-graceful-shutdown-scripts.service
}

install_packages() {
  local command try missing=()
  local -A packages=(
    [nft]=nftables [sudo]=sudo [curl]=curl [xz]=xz-utils [git]=git [mkfs.ext4]=e2fsprogs
    [update-ca-certificates]=ca-certificates
  )
  for command in "${!packages[@]}"; do
    command -v "$command" >/dev/null || missing+=("${packages[$command]}")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  say "installing ${missing[*]}"
  # Right after a first boot Debian's own daily update may hold the lists, and the way out may not be open yet.
  for try in {1..10}; do
    fetch_packages "${missing[@]}" && return
    [ "$try" -eq 10 ] || sleep 15
  done
  fail "${missing[*]} cannot be installed"
}

fetch_packages() {
  apt-get update -qq &&
    apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

# The numbers are fixed: a data disk outlives its machine, and its files have to belong to the same user on the next.
add_user() {
  id "$1" >/dev/null 2>&1 && return
  groupadd --system --gid "$2" "$1"
  useradd --system --uid "$2" --gid "$2" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

# Puts a file where the system looks for it; true when it was another one before.
place() {
  cmp -s "$SYSTEM/$1" "$2" && return 1
  install -D -m "$3" "$SYSTEM/$1" "$2"
}

install_files() {
  local path changed=''
  for path in "$SYSTEM"/*.{service,socket,path,target}; do
    place "${path##*/}" "/etc/systemd/system/${path##*/}" 644 && changed=yes
  done
  [ -z "$changed" ] || systemctl daemon-reload
  place tmpfiles.conf /etc/tmpfiles.d/agents-plane.conf 644 || true
  systemd-tmpfiles --create /etc/tmpfiles.d/agents-plane.conf
  # Who must not see the data disk starts before it is mounted: only what is there can be kept from a unit.
  [ -d "$STATE" ] || mkdir -m 700 "$STATE"
  place gateway-token /usr/local/bin/gateway-token 755 || true
  visudo --check --quiet --file="$SYSTEM/sudoers" || fail 'the sudo rules are not valid'
  place sudoers /etc/sudoers.d/agents-plane 440 || true
}

close_metadata() {
  nft --check --file "$SYSTEM/metadata.nft" || fail 'the firewall rules are not valid'
  systemctl enable --quiet ap-firewall.service
  if place metadata.nft /etc/agents-plane/metadata.nft 644; then
    systemctl reload-or-restart ap-firewall.service
  else
    systemctl start ap-firewall.service
  fi
}

install_node() {
  [ -x "$BASE/node-$NODE_VERSION/bin/node" ] || fetch_node
  link "node-$NODE_VERSION" "$BASE/node"
}

fetch_node() {
  local aside archive="node-$NODE_VERSION-linux-x64.tar.xz"
  [ "$(uname -m)" = x86_64 ] || fail "Node.js is not pinned for $(uname -m); choose an x86 machine type"
  say "installing Node.js $NODE_VERSION"
  aside=$(mktemp -d "$BASE/.node.XXXXXX")
  curl --fail --silent --show-error --location --retry 5 --max-time 600 --output "$aside/$archive" \
    "${AP_NODE_MIRROR:-https://nodejs.org/dist}/$NODE_VERSION/$archive" || fail 'Node.js cannot be downloaded'
  sha256sum --check --status <<<"$NODE_SHA256  $aside/$archive" || {
    rm -r "$aside"
    fail 'what was downloaded is not the Node.js that is pinned; nothing of it was installed'
  }
  tar -xJ -C "$aside" --strip-components=1 --no-same-owner -f "$aside/$archive"
  rm "$aside/$archive"
  chmod 755 "$aside"
  mv -T "$aside" "$BASE/node-$NODE_VERSION"
}

# Only a disk that holds nothing at all is formatted: what cannot be read may still be somebody's work.
format_disk() {
  [ "$(head -c 1048576 "$1" | tr -d '\0' | wc -c)" -eq 0 ] || fail 'the data disk holds something that is not a filesystem'
  say 'formatting the data disk'
  mkfs.ext4 -q -m 0 -L ap-data "$1"
}

mount_disk() {
  local device
  device=$(realpath "$DISK")
  [ -b "$device" ] || fail 'the data disk is not attached under the name ap-data'
  if ! mountpoint -q "$STATE"; then
    blkid -p "$device" >/dev/null || format_disk "$device"
    [ "$(blkid -p -o value -s TYPE "$device")" = ext4 ] || fail 'the filesystem of the data disk is not ext4'
    # 1: errors were found and repaired.
    e2fsck -p "$device" >/dev/null || [ $? -eq 1 ] || fail 'the data disk is damaged; restore it from a snapshot'
    mount -o nodev,nosuid "UUID=$(blkid -p -o value -s UUID "$device")" "$STATE"
  fi
  resize2fs "$device" >/dev/null 2>&1 || say 'the filesystem of the data disk could not be grown'
  chown openclaw:openclaw "$STATE"
  chmod 700 "$STATE"
}

# Starts a unit that runs once; when it fails, passes on what it said last.
run_once() {
  systemctl start "$1" && return
  journalctl --sync
  fail "$(journalctl "_SYSTEMD_UNIT=$1" --lines=1 --output=cat)"
}

# What is in an image must not be any machine's own. https://systemd.io/BUILDING_IMAGES/
finish_image() {
  say "installing OpenClaw $AP_BAKE"
  # Here no unit keeps a release from programs that make root of who runs them, or what it left from the next machine.
  npm_config_cache=/tmp/npm setpriv --no-new-privs \
    "$BASE/node/bin/node" "$BASE/program/infra/machine/vm/install-openclaw.ts" "$AP_BAKE"
  find / -xdev -user ap-install -delete
  # Its end would write a seed once more.
  systemctl stop systemd-random-seed.service
  rm -rf /tmp/npm /var/lib/apt/lists/* /etc/ssh/ssh_host_* /var/lib/systemd/random-seed /var/log/journal/*
  apt-get clean
  truncate -s 0 /etc/machine-id
  # bake.sh waits for these words on the serial port, whatever this system sends there by itself.
  say 'the image is ready' >/dev/console
}

main() {
  close_project_scripts
  # shellcheck source=/dev/null
  if [ -O "$SOURCES" ]; then set -a && . "$SOURCES" && set +a; fi
  unpack_program
  install_packages
  add_user openclaw 870
  add_user ap-broker 871
  add_user ap-beat 872
  add_user ap-logs 873
  add_user ap-install 874
  install_files
  close_metadata
  install_node
  if [ -n "${AP_BAKE:-}" ]; then
    finish_image
    return
  fi
  # Logs never keep a machine from starting, and tell why it does not.
  systemctl start ap-logs.service || say 'logs are not sent'
  run_once ap-facts.service
  systemctl start ap-beat.service
  mount_disk
  run_once ap-openclaw.service
  systemctl start agents-plane.target
  say 'ready'
}

main
