#!/bin/sh
# Makes the certificates of the tests: an authority, a server of the name localhost, a client, another authority, and a server that vouches for itself.
set -e
cd "$(dirname "$0")"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() {
    openssl req -x509 -new -key "$1.key" -sha256 -days 36500 -subj "/CN=$1" -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE $2
}
issue() {
    printf '%s\n' "$2" > "$1.cnf"
    openssl req -new -key "$1.key" -subj "/CN=$1" |
        openssl x509 -req -CA authority.pem -CAkey authority.key -sha256 -days 36500 -extfile "$1.cnf" -out "$1.pem"
    rm "$1.cnf"
}
for name in authority stranger server client; do key "$name"; done
authority authority
authority stranger
issue server subjectAltName=DNS:localhost
issue client extendedKeyUsage=clientAuth
key selfish
authority selfish "-addext subjectAltName=DNS:localhost"
rm -f authority.key stranger.key authority.srl
