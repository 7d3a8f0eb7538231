#!/bin/sh
# Runs a command as a container would: enter.sh ROOT rw|ro SCRATCH PREFIX COMMAND [ARGUMENT...]
#
# The command sees ROOT as its whole file system, with the programs of this machine in it, a Python
# in PREFIX, SCRATCH as /tmp, and memory as /dev/shm. To be started by `unshare --mount --pid`, so
# that none of these mounts is seen, or left, outside.
set -eu

root=$1
mode=$2
scratch=$3
prefix=$4
shift 4

mount --rbind "$root" "$root"
cd "$root"

for folder in bin etc lib lib32 lib64 libx32 sbin usr; do
    # On most systems all but two of these are links into /usr.
    if [ -L "/$folder" ]; then
        [ -L "$folder" ] || cp -P "/$folder" "$folder"
    elif [ -d "/$folder" ]; then
        mkdir -p "$folder"
        mount --rbind -o ro "/$folder" "$folder"
    fi
done
# A Python of its own may live in a folder that only its owner may enter; here it is for everyone.
case $prefix in
    /usr | /usr/*) ;;
    *)
        mkdir -p ".$prefix"
        mount --rbind -o ro "$prefix" ".$prefix"
        ;;
esac

mkdir -p dev proc tmp
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t proc proc proc
mount --bind "$scratch" tmp
if [ "$mode" = ro ]; then
    mount -o remount,bind,ro,nosuid,nodev "$root"
fi

# Not chroot, which would keep an unprivileged account from becoming another one.
pivot_root . .
umount -l .
cd /
exec "$@"
