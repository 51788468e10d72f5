#!/usr/bin/env python3
"""Captures what opentracker, Transmission and BIRD say, byte for byte, for `captured.rs`.

Run:  playbooks-tests/captures/torrent.sh     (Debian 12: opentracker, transmission-daemon 3.00, bird2 2.0.12)
"""
import base64, json, os, socket, struct, subprocess, sys, tempfile, time, urllib.error, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = tempfile.mkdtemp(prefix="lifeboat-captures-")
STARTED = []


def keep(name, data):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    print(f"{name}: {len(data)} bytes")


def write(name, text):
    path = os.path.join(LAB, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def start(*words):
    log = open(os.path.join(LAB, os.path.basename(words[0]) + ".log"), "ab")
    STARTED.append(subprocess.Popen(words, stdout=log, stderr=log, env={"HOME": LAB, "PATH": os.environ["PATH"]}))
    return STARTED[-1]


def until(what, ask):
    for _ in range(1000):
        try:
            if (answer := ask()) is not None and answer is not False:
                return answer
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.02)
    sys.exit(f"never: {what}\n" + "".join(open(os.path.join(LAB, f)).read() for f in os.listdir(LAB) if f.endswith(".log")))


# --- torrents -------------------------------------------------------------------------------------------------
def torrent(name, *trackers, private=False):
    data = write(f"data/{name}.bin", (name * 65536)[:65536])
    file = os.path.join(LAB, f"{name}.torrent")
    words = ["transmission-create", "-o", file] + (["-p"] if private else [])
    for tracker in trackers:
        words += ["-t", tracker]
    subprocess.run(words + [data], check=True, stdout=subprocess.DEVNULL, env={"HOME": LAB, "PATH": os.environ["PATH"]})
    shown = subprocess.run(["transmission-show", file], check=True, capture_output=True, text=True).stdout
    return file, next(line.split()[-1] for line in shown.splitlines() if "Hash:" in line)


# --- trackers -------------------------------------------------------------------------------------------------
class Udp:
    def __init__(self, to, source):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.settimeout(1)
        self.to, self.connection = to, 0x41727101980
        self.said = self.call(0, b"")
        self.connection = struct.unpack(">Q", self.said[8:16])[0]

    def call(self, action, body, connection=None):
        head = struct.pack(">QII", connection or self.connection, action, 0x6C696665)
        self.socket.sendto(head + body, self.to)
        return self.socket.recv(4096)

    def announce(self, info_hash, port, left=0, event=2, want=50, connection=None):
        body = info_hash + b"-XX0001-capture-cmd-" + struct.pack(">QQQIIIiH", 0, left, 0, event, 0, 7, want, port)
        return self.call(1, body, connection)


def get(at, path):
    with socket.create_connection(at, timeout=2) as it:
        it.sendall(f"GET {path} HTTP/1.0\r\nHost: {at[0]}:{at[1]}\r\n\r\n".encode())
        said = b""
        while piece := it.recv(65536):
            said += piece
    return said


def trackers(known):
    at = ("127.0.0.1", 6969)
    write("ot/whitelist", f"{known}\n")
    start("unshare", "-U", "opentracker", "-f", write("ot/conf", f"listen.tcp_udp 127.0.0.1:6969\naccess.whitelist {LAB}/ot/whitelist\ntracker.rootdir {LAB}/ot\n"))
    session = until("opentracker", lambda: Udp(at, "127.0.0.2"))
    hash_, strange = bytes.fromhex(known), b"\xee" * 20
    keep("tracker/udp-connect.bin", session.said)
    keep("tracker/udp-announce-alone.bin", session.announce(hash_, 7001))
    Udp(at, "127.0.0.3").announce(hash_, 7002)
    Udp(at, "127.0.0.4").announce(hash_, 7003, left=9)
    keep("tracker/udp-announce-three.bin", Udp(at, "127.0.0.5").announce(hash_, 7004, left=9))
    keep("tracker/udp-announce-stopped.bin", Udp(at, "127.0.0.5").announce(hash_, 7004, left=9, event=3))
    keep("tracker/udp-announce-stranger.bin", session.announce(strange, 7001))
    keep("tracker/udp-scrape.bin", session.call(2, hash_))
    keep("tracker/udp-scrape-two.bin", session.call(2, hash_ + strange))
    try:
        keep("tracker/udp-wrong-connection.bin", session.announce(hash_, 7001, connection=0x1234))
    except TimeoutError:
        print("a wrong connection id is met with silence")
    coded = "".join(f"%{byte:02x}" for byte in hash_)
    announce = f"/announce?info_hash={coded}&peer_id=-XX0001-capture-cmd-&port=7005&uploaded=0&downloaded=0&left=5&compact=1"
    keep("tracker/http-announce.http", get(at, announce))
    keep("tracker/http-announce-none.http", get(at, announce + "&numwant=0"))
    keep("tracker/http-stopped.http", get(at, announce + "&event=stopped"))
    keep("tracker/http-stranger.http", get(at, announce.replace(coded, "%ee" * 20)))
    keep("tracker/http-scrape.http", get(at, f"/scrape?info_hash={coded}"))
    keep("tracker/http-scrape-stranger.http", get(at, "/scrape?info_hash=" + "%ee" * 20))
    keep("tracker/http-no-hash.http", get(at, "/announce?port=1"))
    keep("tracker/http-not-found.http", get(at, "/elsewhere"))


# --- Transmission ---------------------------------------------------------------------------------------------
RPC = "http://127.0.0.1:9091/transmission/rpc"


def ask(method, session, keep_as=None, user=None, **arguments):
    body = json.dumps({"method": method, "arguments": arguments}).encode()
    head = {"X-Transmission-Session-Id": session} if session else {}
    if user:
        head["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    with socket.create_connection(("127.0.0.1", 9091), timeout=5) as it:
        it.sendall(f"POST /transmission/rpc HTTP/1.0\r\nHost: 127.0.0.1:9091\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        said = b""
        while piece := it.recv(65536):
            said += piece
    if keep_as:
        keep(f"transmission/{keep_as}.http", said)
    return said


def transmission(torrents):
    settings = {"bind-address-ipv4": "127.0.0.1", "rpc-bind-address": "127.0.0.1", "rpc-port": 9091, "rpc-authentication-required": True,
                "rpc-username": "lab", "rpc-password": "captures", "rpc-whitelist-enabled": False, "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False,
                "port-forwarding-enabled": False, "download-dir": f"{LAB}/data", "start-added-torrents": True}
    write("tr/settings.json", json.dumps(settings))
    start("transmission-daemon", "-f", "-g", f"{LAB}/tr")
    user = "lab:captures"
    first = until("transmission", lambda: ask("session-get", None, user=user))
    session = next(line.split(": ")[1] for line in first.decode().split("\r\n") if line.startswith("X-Transmission-Session-Id"))
    ask("session-get", None, "conflict", user)
    ask("session-get", session, "unauthorized")
    ask("session-get", session, "session", user)
    for file, _ in torrents:
        ask("torrent-add", session, user=user, filename=file, **{"download-dir": f"{LAB}/data", "paused": False})
    hash_ = torrents[0][1]
    until("it seeds", lambda: b'"status":6' in ask("torrent-get", session, user=user, ids=[hash_], fields=["status"]))
    fields = ["hashString", "isPrivate", "trackers"]
    ask("torrent-get", session, "torrents", user, fields=fields)
    ask("torrent-get", session, "peers", user, fields=["peers"])
    ask("torrent-get", session, "unknown-torrent", user, ids=["00" * 20], fields=fields)
    ask("torrent-set", session, "set-list-ignored", user, ids=[hash_], trackerList="http://127.0.0.9/announce")
    ask("torrent-get", session, "after-list-ignored", user, ids=[hash_], fields=fields)
    ask("torrent-set", session, "set-replace", user, ids=[hash_], trackerReplace=[0, "http://127.0.0.9:6969/announce"])
    ask("torrent-get", session, "after-replace", user, ids=[hash_], fields=fields)
    ask("torrent-set", session, "set-bad-url", user, ids=[hash_], trackerAdd=["nonsense"])
    ask("torrent-set", session, "set-unknown-id", user, ids=[hash_], trackerRemove=[77])
    ask("no-such-method", session, "no-such-method", user)


# --- what Transmission asks a tracker ---------------------------------------------------------------------------
def asked():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.7", 6970))
    udp.settimeout(20)
    http = socket.create_server(("127.0.0.7", 6970))
    http.settimeout(20)

    def serve():
        connect, client = udp.recvfrom(4096)
        keep("tracker/asked-udp-connect.bin", connect)
        udp.sendto(struct.pack(">I", 0) + connect[12:16] + struct.pack(">Q", 0x1122334455667788), client)
        announce, client = udp.recvfrom(4096)
        keep("tracker/asked-udp-announce.bin", announce)
        udp.sendto(struct.pack(">I4sIII", 1, announce[12:16], 1800, 0, 1), client)
        it, _ = http.accept()
        keep("tracker/asked-http-announce.http", it.recv(65536))
        it.close()
    return serve


# --- BIRD -----------------------------------------------------------------------------------------------------
class Bird:
    def __init__(self, socket_path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(socket_path)
        self.socket.settimeout(2)
        self.greeting = self.reply()

    def reply(self):
        said = b""
        while True:
            said += self.socket.recv(65536)
            lines = said.split(b"\n")
            if said.endswith(b"\n") and lines[-2][:4].isdigit() and lines[-2][4:5] == b" ":
                return said

    def ask(self, command, keep_as=None):
        self.socket.sendall(command.encode() + b"\n")
        said = self.reply()
        if keep_as:
            keep(f"bird/{keep_as}.txt", said)
        return said


def bird(name, own, asn, routes, neighbours):
    text = f"router id 10.0.0.{own};\nlog stderr all;\nprotocol device {{}}\n"
    text += "protocol static four { ipv4; " + " ".join(f"route {r} blackhole;" for r in routes if ":" not in r) + " }\n"
    text += "protocol static six { ipv6; " + " ".join(f"route {r} blackhole;" for r in routes if ":" in r) + " }\n"
    for label, other, other_asn in neighbours:
        text += (f"protocol bgp {label} {{ local 127.0.1.{own} port 1790 as {asn}; neighbor 127.0.1.{other} port 1790 as {other_asn}; strict bind yes; "
                 "multihop; connect delay time 1; connect retry time 1; error wait time 1, 2; ipv4 { import all; export all; }; "
                 f"ipv6 {{ import all; export all; next hop address 2001:db8::{own}; }}; }}\n")
    path = write(f"bird/{name}.conf", text)
    start("bird", "-f", "-c", path, "-s", f"{LAB}/bird/{name}.ctl", "-P", f"{LAB}/bird/{name}.pid")
    return f"{LAB}/bird/{name}.ctl"


def birds():
    bird("origin", 1, 64500, ["198.18.0.0/24", "2001:db8:18::/48"], [("c1", 2, 64501), ("c2", 3, 64502)])
    bird("transit1", 2, 64501, ["198.19.1.0/24"], [("origin", 1, 64500), ("lg", 4, 65010)])
    bird("transit2", 3, 64502, [], [("origin", 1, 64500), ("lg", 4, 65010)])
    path = bird("lg", 4, 65010, [], [("peer_a", 2, 64501), ("peer_b", 3, 64502), ("peer_dead", 9, 64509)])
    it = until("the collector's socket", lambda: Bird(path))
    until("both ways", lambda: it.ask("show route for 198.18.0.0/24 all").count(b"BGP.as_path") == 2)
    until("both ways of IPv6", lambda: it.ask("show route for 2001:db8:18::/48 all").count(b"BGP.as_path") == 2)
    it = Bird(path)
    keep("bird/greeting.txt", it.greeting)
    it.ask("restrict", "restrict")
    it.ask("configure", "denied")
    it.ask("nonsense", "syntax")
    it.ask("show status", "status")
    it.ask("show protocols all", "protocols")
    it.ask("show route for 198.18.0.0/24 all", "route-for")
    it.ask("show route for 198.18.0.77 all", "route-for-address")
    it.ask("show route in 198.16.0.0/12 all", "route-in")
    it.ask("show route for 2001:db8:18::/48 all", "route-for-six")
    it.ask("show route for 203.0.113.0/24 all", "route-none")
    it.ask("show route in 203.0.113.0/24 all", "route-in-none")


if __name__ == "__main__":
    try:
        known = torrent("known", "http://127.0.0.8:6969/announce", "udp://127.0.0.9:6969/announce")
        private = torrent("private", "http://127.0.0.8:6969/announce", private=True)
        asking = [torrent("by-udp", "udp://127.0.0.7:6970/announce"), torrent("by-http", "http://127.0.0.7:6970/announce?pass=k%2fy")]
        trackers(known[1])
        birds()
        record = asked()
        transmission([known, private] + asking)
        record()
    finally:
        for process in STARTED:
            process.kill()
