#!/bin/bash
# Makes the image that agents' machines boot from: Debian 12 with Node.js, OpenClaw and all that runs on a machine. It
# starts a machine without any identity, has it set itself up, switches it off, and keeps its disk as an image.
#
#   infra/machine/image/bake.sh --project PROJECT --zone ZONE --subnet SUBNET [--openclaw VERSION] [--keep-address]
#
# The subnet needs a way out to the internet (Cloud NAT); with --keep-address the machine gets an address of its own.
set -euo pipefail

project='' zone='' subnet='' version=2026.9.6 address=--no-address
while [ $# -gt 0 ]; do
  case $1 in
    --project) project=$2 && shift ;;
    --zone) zone=$2 && shift ;;
    --subnet) subnet=$2 && shift ;;
    --openclaw) version=$2 && shift ;;
    --keep-address) address='' ;;
    *) printf 'unknown option %s; see the head of this file\n' "$1" >&2 && exit 2 ;;
  esac
  shift
done
if [ -z "$project" ] || [ -z "$zone" ] || [ -z "$subnet" ]; then
  echo '--project, --zone and --subnet are needed; see the head of this file' >&2
  exit 2
fi
[[ $version =~ ^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,3}$ ]] || { echo '--openclaw is a release such as 2026.9.6' >&2 && exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stamp=$(date --utc +%Y%m%d-%H%M%S)
builder=ap-bake-$stamp
image=agents-plane-${version//./-}-$stamp
script=$(mktemp)
place=(--project "$project" --zone "$zone" --quiet)

clean_up() {
  rm -f "$script"
  gcloud compute instances delete "$builder" "${place[@]}" >/dev/null 2>&1 || true
}
trap clean_up EXIT

{
  printf '#!/bin/bash\nexport AP_BAKE=%s\n' "$version"
  node "$here/print-startup-script.ts"
} >"$script"

# shellcheck disable=SC2086 # no option at all where the machine keeps an address
gcloud compute instances create "$builder" "${place[@]}" --subnet "$subnet" $address \
  --image-family debian-12 --image-project debian-cloud --machine-type e2-standard-2 \
  --boot-disk-type pd-balanced --boot-disk-size 20GB \
  --shielded-secure-boot --shielded-vtpm --shielded-integrity-monitoring \
  --no-service-account --no-scopes --metadata block-project-ssh-keys=TRUE \
  --metadata-from-file "startup-script=$script"

# The last thing it does is to say so on its serial port. One that ended in any other way becomes no image.
ready=''
for ((look = 0; look < 60; look += 1)); do
  said=$(gcloud compute instances get-serial-port-output "$builder" "${place[@]}" 2>/dev/null || true)
  case $said in *'agents-plane: the image is ready'*) ready=yes && break ;; esac
  sleep 30
done
if [ -z "$ready" ]; then
  tail -n 40 <<<"$said" >&2
  echo 'the machine did not set itself up within half an hour; what it said last is above' >&2
  exit 1
fi

# A disk is whole only once its machine is off.
gcloud compute instances stop "$builder" "${place[@]}"
gcloud compute images create "$image" --project "$project" --quiet --family agents-plane \
  --source-disk "$builder" --source-disk-zone "$zone" --labels "ap-managed=true,ap-openclaw=${version//./-}"
printf 'baked %s of the family agents-plane\n' "$image"
