#!/usr/bin/env bash
# Records one key and one signature of every kind that may sign, and of two that may not. Of the throw-away private
# halves three stay here, for the trials sign with them. Hardware keys are played by openssl as PROTOCOL.u2f describes them: what a key signs is
# SHA-256(application), flags, counter, SHA-256(message). Every signature is stored only once ssh-keygen called it good.
set -euo pipefail
cd "$(dirname "$0")"
message=message
printf 'what is signed\n' >$message
make() {
  local name=$1; shift
  rm -f "$name" "$name.pub" "$name.sig"
  ssh-keygen -q -N '' -C "$name" -f "$name" "$@"
  ssh-keygen -q -Y sign -f "$name" -n file <$message >"$name.sig"
}
make ed25519 -t ed25519
make second -t ed25519
make ecdsa256 -t ecdsa -b 256
make ecdsa384 -t ecdsa -b 384
make ecdsa521 -t ecdsa -b 521
make rsa2048 -t rsa -b 2048
make rsa3072 -t rsa -b 3072
make rsa1024 -t rsa -b 1024
make dsa -t dsa
ssh-keygen -q -Y sign -O hashalg=sha256 -f rsa2048 -n file <$message >rsa2048-sha256.sig
ssh-keygen -q -Y sign -O hashalg=sha256 -f ed25519 -n file <$message >ed25519-sha256.sig
# A certificate of the second key, and a signature that shows it.
ssh-keygen -q -s ed25519 -I anna -n anna second.pub
rm -rf certified; mkdir certified; cp second certified/id; mv second-cert.pub certified/id.pub
ssh-keygen -q -Y sign -f certified/id -n file <$message >certified.sig
mv certified/id.pub certified.pub; rm -r certified
ssh-keygen -q -N secret -C locked -t ed25519 -f locked <<<y
python3 hardware.py
for key in ed25519 second ecdsa256 ecdsa384 ecdsa521 rsa2048 rsa3072 sk-ed25519 sk-ecdsa; do
  printf 'anna %s\n' "$(cat $key.pub)" >allowed
  ssh-keygen -q -Y verify -f allowed -I anna -n file -s $key.sig <$message
done
rm allowed ecdsa256 ecdsa384 ecdsa521 rsa1024 rsa2048 rsa3072 dsa
