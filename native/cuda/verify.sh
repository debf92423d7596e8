#!/usr/bin/env bash
# Is libwordmill_cuda right, and how fast is it, on this machine's GPU? Needs nvcc and CMake; no Node, no network.
#
#   native/cuda/verify.sh [TEXT [QUESTIONS [PAIRS]]]
#
# Builds, runs the conformance test (under compute-sanitizer's memcheck where that is installed), then measures every
# operation against its bound and trains on 1,000 million words of synthetic text. With a text file, quality beside the
# processor's: analogies with a file of questions, WordSim353 with a file of pairs. Prints one table, and writes
# verify.json into WORDMILL_VERIFY_OUT (or the build folder). Takes less than 9 minutes.
set -euo pipefail
native=$(cd "$(dirname "$0")/.." && pwd)
build=${WORDMILL_VERIFY_BUILD:-$native/build-verify}
out=${WORDMILL_VERIFY_OUT:-$build}
texts=()
for file in "$@"; do texts+=("$(realpath "$file")"); done

command -v nvcc >/dev/null || {
  echo 'verify: nvcc is not on the path; install the CUDA toolkit, version 13' >&2
  exit 1
}
started=$SECONDS
cmake -S "$native" -B "$build" -DCMAKE_BUILD_TYPE=Release -DWORDMILL_CUDA=ON -DWORDMILL_TESTS=ON \
  -DWORDMILL_CUDA_ARCHITECTURES="${WORDMILL_VERIFY_ARCHITECTURES:-native}" >"$build.log"
cmake --build "$build" --parallel "$(nproc)" --target wordmill_cuda backends_test measure_cuda >>"$build.log" 2>&1 || {
  tail -40 "$build.log" >&2
  exit 1
}
echo "built in $((SECONDS - started)) s"

module=$build/cuda/libwordmill_cuda.so
checked=("$build/test/backends_test" "$module")
"${checked[@]}"
if command -v compute-sanitizer >/dev/null; then
  timeout 120 compute-sanitizer --tool memcheck --error-exitcode 9 "${checked[@]}" || {
    status=$?
    [ $status -eq 124 ] || exit $status
    echo 'verify: memcheck did not come to its end within 120 s'
  }
else
  echo 'verify: compute-sanitizer is not installed, so memory was NOT checked'
fi
mkdir -p "$out"
timeout 270 "$build/cuda/measure_cuda" "$module" "$out/verify.json" "${texts[@]}"
echo "all in $((SECONDS - started)) s"
