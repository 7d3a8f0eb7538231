#!/bin/sh
# Makes one cluster of the nodes that have found each other and gives it MovR's schema:
# init.sh NODE SQL_FILE. Done once more, it changes nothing.
set -eu

node=$1
file=$2

sql() {
    cockroach sql --insecure --host="$node" "$@"
}

initialised() {
    answer=$(cockroach init --insecure --host="$node" 2>&1) && return
    case $answer in
        *'already been initialized'*) ;;
        *) return 1 ;;
    esac
}

# The file names three regions, and the cluster knows a region once a node there has joined.
knows_three_regions() {
    count=$(sql --format=csv --execute='SELECT count(*) FROM [SHOW REGIONS FROM CLUSTER]' 2>&1) &&
        [ "$(printf '%s\n' "$count" | tail -n 1)" = 3 ]
}

wait_until() {
    tries=0
    until "$1"; do
        tries=$((tries + 1))
        if [ "$tries" -eq 120 ]; then
            echo "Given up waiting until the cluster is $1: ${answer:-} ${count:-}" >&2
            exit 1
        fi
        sleep 1
    done
}

wait_until initialised
wait_until knows_three_regions
sql --file="$file"
