#!/bin/sh
# What ten million events cost: merges an event file with itself until it has so many, and says how long mining from it takes and how
# much memory, as GNU time has it.
#
#     sh benches/large_event_file.sh FOLDER      # a folder with 4 GB to spare, which is left as it was
set -eu
folder=$(mktemp -d "${1:?give a folder with 4 GB to spare}/large.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$(dirname "$0")/.."
cargo build --release
motherlode() { TMPDIR="$folder" /usr/bin/time -f "    %e s, %M kB" ./target/release/motherlode "$@"; }

cp tests/data/madminer/toy2d_v083.h5 "$folder/0.h5"
for step in 1 2 3 4; do
    last="$folder/$((step - 1)).h5"
    motherlode merge "$last" "$last" "$last" "$last" "$last" "$last" "$last" "$last" "$last" "$last" \
        --k-factors .1,.1,.1,.1,.1,.1,.1,.1,.1,.1 -o "$folder/$step.h5"
done
motherlode merge "$folder/4.h5" "$folder/4.h5" --k-factors .5,.5 -o "$folder/large.h5"
ls -l "$folder/large.h5"
for design in "--theta0 0.5,-0.3" "--box=-1:1,-1:1 --nuisance nominal" "--box=-1:1,-1:1 --nuisance gaussian --points 100"; do
    echo "mine -n 100000 $design"
    motherlode mine "$folder/large.h5" -n 100000 $design -o "$folder/mined.h5" --force
done
echo "inspect"
motherlode inspect "$folder/large.h5" >"$folder/inspected.txt"
