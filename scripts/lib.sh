# Shared by the scripts: where the repository is, and how it is configured and built.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# One cache of compilations serves every clone: paths below the clone are kept relative, and the
# folder of the build (which -g records) is no part of what is compared.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

# build_folder PRESET: where that preset builds.
build_folder() {
  case $1 in
    release | ci) echo build ;;
    *) echo "build-$1" ;;
  esac
}

# choose_generator FOLDER: Ninja for a new folder, and what a configured one began with. Asked after
# scripts/setup, which may have installed Ninja a moment ago.
choose_generator() {
  if [ -f "$1/build.ninja" ] || [ -f "$1/Makefile" ]; then
    unset CMAKE_GENERATOR
  else
    rm -f "$1/CMakeCache.txt"  # of a configuration that failed
    ! command -v ninja >/dev/null || export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
  fi
}

# configure_and_build PRESET [TARGET...]: quiet when all goes well, the whole log when it does not.
configure_and_build() {
  local preset=$1 folder log
  shift
  folder=$(build_folder "$preset")
  mkdir -p "$folder"
  choose_generator "$folder"
  log=$folder/build.log
  echo "building ($preset) in $folder/ ..." >&2
  if ! { cmake --preset "$preset" && cmake --build "$folder" -j "${PIGOU_JOBS:-$(nproc)}" \
         ${@:+--target "$@"}; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "the build failed; its log is $folder/build.log" >&2
    return 1
  fi
  grep -h -- '-- Pigou:' "$log" >&2 || true
}
