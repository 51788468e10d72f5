#!/usr/bin/env bash
# Records signed updates, byte by byte, as hexadecimal beside this file: what nsupdate asks and what Knot and BIND answer.
# Needs knotd, named, nsupdate, dig and python3; root is not needed. The key is the one that the trials know.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); lab=$(mktemp -d)
stop() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$lab"; }
pids=(); trap stop EXIT
secret=bGlmZWJvYXQtbGFiLWtleS1mb3ItaG1hYy1zaGEyNTY=

cat > "$lab/zone" <<'ZONE'
$ORIGIN lab.example.
$TTL 300
@ SOA ns1 host 7 7200 900 1209600 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
www A 192.0.2.2
ZONE
for at in knot bind; do mkdir -p "$lab/$at/db"; cp "$lab/zone" "$lab/$at/zone"; done
cat > "$lab/knot.conf" <<CONF
server:
    rundir: $lab/knot
    listen: 127.0.0.1@53021
    user: $(id -un)
database:
    storage: $lab/knot/db
key:
  - id: lab-key
    algorithm: hmac-sha256
    secret: $secret
acl:
  - id: all
    key: lab-key
    action: [update, transfer]
zone:
  - domain: lab.example
    storage: $lab/knot
    file: zone
    acl: all
CONF
cat > "$lab/named.conf" <<CONF
options { directory "$lab/bind"; listen-on port 53022 { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
  pid-file none; session-keyfile "$lab/bind/session.key"; };
controls { };
key lab-key { algorithm hmac-sha256; secret "$secret"; };
zone lab.example { type primary; file "zone"; allow-update { key lab-key; }; allow-transfer { key lab-key; }; };
CONF
knotd -c "$lab/knot.conf" >/dev/null 2>&1 & pids+=($!)
named -f -n 1 -c "$lab/named.conf" >/dev/null 2>&1 & pids+=($!)

# The relay writes each message of a connection on: question-1, answer-1, …
cat > "$lab/relay.py" <<'PYTHON'
import socket, sys
port, name, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
def message(of):
    head = of.recv(2, socket.MSG_WAITALL)
    return of.recv(int.from_bytes(head), socket.MSG_WAITALL) if len(head) == 2 else b''
def keep(what, number, data):
    with open(f'{name}-{what}{number}.hex', 'w') as out:
        text = data.hex()
        out.writelines(text[at:at + 64] + '\n' for at in range(0, len(text), 64))
listener = socket.create_server(('127.0.0.1', 53029))
print('ready', flush=True)
client, _ = listener.accept()
server = socket.create_connection(('127.0.0.1', port))
question = message(client)
keep('question', '', question)
server.sendall(len(question).to_bytes(2) + question)
for number in range(1, count + 1):
    answer = message(server)
    keep('answer', '' if count == 1 else f'-{number}', answer)
    client.sendall(len(answer).to_bytes(2) + answer)
PYTHON

for port in 53021 53022; do
  for _ in $(seq 100); do dig +short +time=1 +tries=1 @127.0.0.1 -p $port lab.example SOA | grep -q . && break; done
done

# through PORT NAME COUNT COMMAND…: runs a command against the relay.
through() {
  local port=$1 name=$2 count=$3; shift 3
  python3 "$lab/relay.py" "$port" "$here/$name" "$count" > "$lab/ready" & local relay=$!
  for _ in $(seq 100); do grep -q ready "$lab/ready" && break; read -rt 0.1 <> <(:) || true; done
  "$@" || true
  wait $relay
}
update() { printf 'server 127.0.0.1 53029\nzone lab.example\n%s\nsend\n' "$1" | nsupdate -v -y "hmac-sha256:lab-key:$secret" >/dev/null 2>&1; }

moves='prereq yxrrset www.lab.example. A 192.0.2.1
prereq yxrrset www.lab.example. A 192.0.2.2
prereq nxrrset new.lab.example. TXT
prereq nxdomain free.lab.example.
update delete www.lab.example. A
update add www.lab.example. 60 A 192.0.2.9
update add new.lab.example. 60 TXT "new"
update delete lab.example. NS ns1.lab.example.'
for at in "53021 knot" "53022 bind"; do
  read -r port name <<< "$at"
  through "$port" "$name-update" 1 update "$moves"
  through "$port" "$name-drift" 1 update "$moves"
done
skewed() { local secret=YW5vdGhlcg==; update "$moves"; }
through 53022 bind-badsig 1 skewed
