#!/usr/bin/env bash
# Records answers of real name servers, byte by byte, as hexadecimal beside this file.
# Needs knotd, pdns_server with SQLite, unbound and xxd; root is not needed. Each `ask` below is one capture.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); lab=$(mktemp -d)
stop() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$lab"; }
pids=(); trap stop EXIT
knot=53011 powerdns=53012 unbound=53013

# ask FILE PORT NAME TYPE-NUMBER FLAGS OPT: one query of id 0x1234; OPT is the OPT record, or nothing.
ask() {
  local labels='' label more=00 reply=''
  IFS=. read -ra parts <<< "$3"
  for label in "${parts[@]}"; do labels+=$(printf '%02x' ${#label})$(printf '%s' "$label" | xxd -p); done
  [ -n "$6" ] && more=01
  local query="1234${5}00010000000000${more}${labels}00$(printf '%04x' "$4")0001$6"
  for _ in $(seq 50); do
    exec 3<>"/dev/udp/127.0.0.1/$2"
    xxd -r -p <<< "$query" >&3
    reply=$(timeout 2 dd bs=65535 count=1 status=none <&3 2>/dev/null | xxd -p -c 32) || reply=''
    exec 3>&-
    [ -n "$reply" ] && break
    read -rt 0.1 <> <(:) || true
  done
  [ -n "$reply" ] || { echo "$1: no answer" >&2; exit 1; }
  printf '%s\n' "$reply" > "$here/$1.hex"
}
opt=00002904d0000000000000        # EDNS, 1232 bytes
opt_do=00002904d0000080000000     # and DNSSEC OK

long=$(printf '"%0200d" ' 1 2 3 4 5 6)
cat > "$lab/zone" <<EOF
\$ORIGIN lab.example.
\$TTL 300
@ SOA ns1 host 7 7200 900 1209600 60
@ NS ns1
@ NS ns2.other.example.
@ MX 10 mail
@ CAA 0 issue "ca.example; account=7"
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
mail A 192.0.2.25
www A 192.0.2.10
www A 192.0.2.11
alias CNAME www
_s._tcp SRV 1 2 443 www
text TXT "a \"quoted\" back\\\\slash" "b\009\200"
long TXT $long
child NS ns.child
child DS 4711 13 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d
ns.child A 192.0.2.99
odd TYPE65280 \\# 3 0a0b0c
EOF

cat > "$lab/knot.conf" <<EOF
server:
  rundir: $lab
  listen: 127.0.0.1@$knot
database:
  storage: $lab
template:
  - id: default
    storage: $lab
    file: zone
zone:
  - domain: lab.example
    dnssec-signing: on
    zonefile-sync: -1
    journal-content: none
EOF
knotd -c "$lab/knot.conf" > "$lab/knot.log" 2>&1 & pids+=($!)
ask knot-soa $knot lab.example 6 0000 $opt
ask knot-ns-signed $knot lab.example 2 0000 $opt_do
ask knot-dnskey $knot lab.example 48 0000 $opt
ask knot-text $knot text.lab.example 16 0000 $opt
ask knot-cut $knot long.lab.example 16 0000 ''
ask knot-referral $knot www.child.lab.example 1 0000 $opt
ask knot-ds $knot child.lab.example 43 0000 $opt
ask knot-denied $knot nobody.lab.example 1 0000 $opt
ask knot-refused $knot elsewhere.example 6 0000 $opt
ask knot-odd-type $knot odd.lab.example 65280 0000 $opt

sqlite3 "$lab/powerdns.sqlite3" < "$here/../../real/powerdns.sql" 2>/dev/null || \
  python3 -c 'import sqlite3,sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' \
    "$lab/powerdns.sqlite3" "$here/../../real/powerdns.sql"
cat > "$lab/pdns.conf" <<EOF
launch=gsqlite3
gsqlite3-database=$lab/powerdns.sqlite3
local-address=127.0.0.1
local-port=$powerdns
socket-dir=$lab
EOF
pdnsutil --config-dir="$lab" load-zone lab.example "$lab/zone" > "$lab/load.log" 2>&1
pdns_server --config-dir="$lab" > "$lab/powerdns.log" 2>&1 & pids+=($!)
ask powerdns-soa $powerdns lab.example 6 0000 $opt
ask powerdns-mx $powerdns lab.example 15 0000 $opt
ask powerdns-caa $powerdns lab.example 257 0000 $opt
ask powerdns-srv $powerdns _s._tcp.lab.example 33 0000 $opt
ask powerdns-alias $powerdns alias.lab.example 1 0000 ''
ask powerdns-refused $powerdns elsewhere.example 6 0000 $opt

cat > "$lab/unbound.conf" <<EOF
server:
  interface: 127.0.0.1@$unbound
  do-daemonize: no
  username: ""
  chroot: ""
  directory: $lab
  pidfile: $lab/unbound.pid
  use-syslog: no
  do-not-query-localhost: no
  module-config: "iterator"
  ede: yes
  local-zone: "blocked.example." always_refuse
stub-zone:
  name: lab.example
  stub-addr: 127.0.0.1@$knot
stub-zone:
  name: dead.example
  stub-addr: 127.0.0.1@9
EOF
unbound -c "$lab/unbound.conf" > "$lab/unbound.log" 2>&1 & pids+=($!)
ask unbound-alias $unbound alias.lab.example 1 0100 $opt
ask unbound-v6 $unbound ns1.lab.example 28 0100 $opt
ask unbound-denied $unbound nobody.lab.example 1 0100 $opt
ask unbound-blocked $unbound blocked.example 1 0100 $opt
ask unbound-dead $unbound www.dead.example 1 0100 $opt
