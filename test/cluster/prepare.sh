#!/bin/sh
# Installs from Debian what a node needs and a machine may lack: run as root, in front of `npm run test:cluster`.
set -eu

missing=''
need() {
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
PATH="$PATH:/usr/sbin:/sbin"
need ip iproute2
need unshare util-linux
need containerd containerd
need runc runc
need iptables iptables
[ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || missing="$missing containernetworking-plugins"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "missing:$missing; install them, as root and from your distribution" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
# shellcheck disable=SC2086 # a list of words
apt-get install --yes --quiet --no-install-recommends $missing
# Debian starts the containerd that it has just installed; the tests bring their own, and need none outside.
case "$missing" in
  *' containerd'*) [ ! -d /run/systemd/system ] || systemctl disable --now containerd || true ;;
esac
