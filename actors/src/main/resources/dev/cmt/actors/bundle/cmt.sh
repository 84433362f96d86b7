#!/bin/sh
# Starts CMT from the folder that this file lies in. Needs Linux on x86-64 with glibc 2.@GLIBC@ or newer, and nothing else.
set -eu

lacks() {
  printf 'cmt: %s\n' "$*" >&2
  exit 3
}

self=$0
case $self in
  */*) ;;
  *) self=$(command -v -- "$self") ;;
esac
while [ -h "$self" ]; do
  target=$(readlink -- "$self")
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
home=$(CDPATH='' cd -- "${self%/*}/" && pwd -P)

[ -e /lib64/ld-linux-x86-64.so.2 ] || lacks "this bundle is for Linux on x86-64 with glibc, which is not here"
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null || true)
case $glibc in
  'glibc 2.'*)
    [ "${glibc#glibc 2.}" -ge @GLIBC@ ] || lacks "this bundle needs glibc 2.@GLIBC@; here is $glibc. Make one on a machine as old as this."
    ;;
esac

# Java reads file names in the locale's character set.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *UTF-8 | *utf8) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac
# Java asks the user database for it, which knows nothing of a container's user.
user_home=${HOME:-/nowhere}
[ -w "$user_home" ] || user_home=${TMPDIR:-/tmp}
export LD_LIBRARY_PATH="$home/natives${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
if [ -d "$home/torch" ]; then
  export DJL_CACHE_DIR="$home/torch"
fi
exec "$home/jre/bin/java" "@$home/config/jvm.options" -Dcmt.root="$home" -Duser.home="$user_home" \
  -Djava.library.path="$home/natives" -Dorg.bytedeco.javacpp.pathsFirst=true \
  -Dsun.awt.fontconfig="$home/jre/lib/fontconfig.properties" \
  -cp "$home/lib/cmt.jar" dev.cmt.actors.cli.Main "$@"
