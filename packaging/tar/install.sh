#!/bin/sh
# Installs the Vigie Inventory Agent on Linux (x86_64, systemd), or removes it.
#
#   curl -fsS --cacert ca.pem https://SERVER/install/agent.sh | sh -s -- \
#       --server https://SERVER --ca ca.pem --client-id ID --client-secret SECRET [--tag TAG]
#   sh agent.sh --uninstall
#
# The package comes from SERVER/install/, or stands beside this script where it was unpacked from the tarball. The
# secret may be set in VIGIE_AGENT_CLIENT_SECRET instead, out of sight of others on this machine.
set -eu

# The version that this script belongs to.
VERSION=0.1.0
SETTINGS=/etc/vigie-agent

say() { printf '%s\n' "vigie-agent: $*"; }
fail() {
    say "$*" >&2
    exit 1
}
usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" 2>/dev/null || true
    fail "needed: --server URL --client-id ID --client-secret SECRET; optional: --ca FILE --tag TAG --proxy URL" \
        "--proxy-user NAME --proxy-password PASSWORD; or --uninstall"
}

# A line of the settings: a key, and a text as TOML writes it. Nothing where there is no text.
setting() {
    case $2 in
    '') return ;;
    *"
"*) fail "$1 has more than one line" ;;
    esac
    printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

fetch() {
    url=$1 file=$2
    if command -v curl >/dev/null 2>&1; then
        curl -fsS --proto '=https' ${ca:+--cacert "$ca"} ${proxy:+--proxy "$proxy"} \
            ${proxy_user:+--proxy-user "$proxy_user:$proxy_password"} -o "$file" "$url"
    elif command -v wget >/dev/null 2>&1; then
        if [ -n "$proxy" ]; then
            export https_proxy="$proxy"
        fi
        wget -q --https-only ${ca:+--ca-certificate="$ca"} -O "$file" "$url"
    else
        fail "curl or wget is needed"
    fi || fail "cannot fetch $url"
}

uninstall() {
    if command -v dpkg-query >/dev/null 2>&1 && dpkg-query -W -f '${db:Status-Status}' vigie-agent >/dev/null 2>&1; then
        dpkg --purge vigie-agent
    else
        systemctl disable --now vigie-agent.service vigie-agent-system.service >/dev/null 2>&1 || true
        rm -f /etc/systemd/system/vigie-agent.service /etc/systemd/system/vigie-agent-system.service /usr/bin/vigie-agent
        rm -rf /usr/share/vigie-agent /var/lib/vigie-agent /var/log/vigie-agent "$SETTINGS"
        systemctl daemon-reload >/dev/null 2>&1 || true
    fi
    say "removed; the equipment stays in the console"
}

# Whether the program stands beside this script, and where. Only what was unpacked together is used: anything might lie
# where a downloaded script happens to run.
unpacked() {
    case $0 in
    */install.sh) from=${0%/install.sh} ;;
    install.sh) from=. ;;
    *) from='' ;;
    esac
    [ -n "$from" ] && [ -x "$from/vigie-agent" ] && [ -f "$from/vigie-agent.service" ]
}

install_package() {
    if unpacked; then
        :
    elif command -v dpkg >/dev/null 2>&1; then
        fetch "$server/install/vigie-agent_${VERSION}_amd64.deb" "$scratch/vigie-agent.deb"
        dpkg --install "$scratch/vigie-agent.deb" >/dev/null
        return
    else
        name=vigie-agent-$VERSION-linux-x86_64
        fetch "$server/install/$name.tar.zst" "$scratch/agent.tar.zst"
        # Not through tar's own option, which older ones do not have.
        zstd -dc "$scratch/agent.tar.zst" >"$scratch/agent.tar"
        tar -xf "$scratch/agent.tar" -C "$scratch"
        from=$scratch/$name
    fi
    install -m 0755 "$from/vigie-agent" /usr/bin/vigie-agent.new
    mv -f /usr/bin/vigie-agent.new /usr/bin/vigie-agent
    install -m 0644 "$from/vigie-agent.service" /etc/systemd/system/vigie-agent.service
    install -m 0644 "$from/vigie-agent-system.service" /etc/systemd/system/vigie-agent-system.service
    install -d /usr/share/vigie-agent/profiles
    install -m 0644 "$from/linux.toml" "$from/kamailio.toml" /usr/share/vigie-agent/profiles/
}

# The settings stand before the package, whose service starts with them.
write_settings() {
    (
        umask 077
        mkdir -p "$SETTINGS"
        if [ -n "$ca" ]; then
            cat "$ca" >"$SETTINGS/ca.pem.new"
            mv -f "$SETTINGS/ca.pem.new" "$SETTINGS/ca.pem"
        fi
        {
            echo "# Written by the installation of the Vigie Inventory Agent."
            setting server "$server"
            setting client_id "$client_id"
            setting client_secret "$client_secret"
            setting ca "${ca:+$SETTINGS/ca.pem}"
            setting tag "$tag"
            setting proxy "$proxy"
            setting proxy_user "$proxy_user"
            setting proxy_password "$proxy_password"
        } >"$SETTINGS/agent.toml.new"
        mv -f "$SETTINGS/agent.toml.new" "$SETTINGS/agent.toml"
    )
}

main() {
    server='' ca='' client_id='' client_secret=${VIGIE_AGENT_CLIENT_SECRET:-} tag='' proxy='' proxy_user='' proxy_password=''
    remove=no
    while [ $# -gt 0 ]; do
        case $1 in
        --uninstall) remove=yes && shift && continue ;;
        --help | -h) usage ;;
        esac
        [ $# -ge 2 ] || usage
        case $1 in
        --server) server=${2%/} ;;
        --ca | --ca-file) ca=$2 ;;
        --client-id) client_id=$2 ;;
        --client-secret) client_secret=$2 ;;
        --tag) tag=$2 ;;
        --proxy) proxy=$2 ;;
        --proxy-user) proxy_user=$2 ;;
        --proxy-password) proxy_password=$2 ;;
        *) usage ;;
        esac
        shift 2
    done
    [ "$(id -u)" = 0 ] || fail "this needs root: put sudo before sh"
    if [ "$remove" = yes ]; then
        uninstall
        return
    fi
    if [ -z "$server" ] || [ -z "$client_id" ] || [ -z "$client_secret" ]; then usage; fi
    case $server in https://*) ;; *) fail "--server must begin with https://" ;; esac
    if [ -n "$ca" ] && [ ! -r "$ca" ]; then fail "cannot read the CA file $ca"; fi
    [ "$(uname -m)" = x86_64 ] || fail "there is an agent for x86_64 only; this is $(uname -m)"
    command -v systemctl >/dev/null 2>&1 || fail "this system is not run by systemd"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT INT TERM
    if ! unpacked && ! command -v dpkg >/dev/null 2>&1 && ! command -v zstd >/dev/null 2>&1; then
        fail "zstd is needed to unpack the agent: dnf install zstd, or zypper install zstd, then again"
    fi
    write_settings
    install_package
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl enable vigie-agent.service >/dev/null 2>&1
        systemctl restart vigie-agent.service
    else
        systemctl enable vigie-agent.service >/dev/null 2>&1 || true
    fi
    say "version $VERSION is installed; the way to the server:"
    /usr/bin/vigie-agent check || fail "installed, but it cannot work yet; it tries again by itself"
}

# Everything above is read before anything runs: a download that breaks off does nothing.
main "$@"
