#!/usr/bin/env bash
# Is libwordmill_cuda right, and how fast is it, on this machine's GPU? Needs nvcc and CMake; no Node, no network.
#
#   native/cuda/verify.sh [TEXT [QUESTIONS [PAIRS]]]
#
# Builds, runs the conformance test, measures every operation against its bound and trains on 1,000 million words of
# synthetic text. With a text file, quality beside the processor's: analogies with a file of questions, WordSim353 with a
# file of pairs. Last, the conformance test again under compute-sanitizer's memcheck, where that is installed and serves
# the device. Prints one table, and writes verify.json into WORDMILL_VERIFY_OUT (or the build folder). What fails does
# not keep the rest from running. Takes less than 9 minutes.
set -euo pipefail
native=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${WORDMILL_VERIFY_BUILD:-$native/build-verify}")
out=$(realpath -m "${WORDMILL_VERIFY_OUT:-$build}")
texts=()
for file in "$@"; do texts+=("$(realpath "$file")"); done

command -v nvcc >/dev/null || {
  echo 'verify: nvcc is not on the path; install the CUDA toolkit, version 13' >&2
  exit 1
}
# CMake's own word for the GPU of this machine is "native", from version 3.24 on.
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -d .) || true
architectures=${WORDMILL_VERIFY_ARCHITECTURES:-${capability:+$capability-real}}

started=$SECONDS
cmake -S "$native" -B "$build" -DCMAKE_BUILD_TYPE=Release -DWORDMILL_CUDA=ON -DWORDMILL_TESTS=ON \
  -DWORDMILL_CUDA_ARCHITECTURES="${architectures:-native}" >"$build.log"
cmake --build "$build" --parallel "$(nproc)" --target wordmill_cuda backends_test measure_cuda >>"$build.log" 2>&1 || {
  tail -40 "$build.log" >&2
  exit 1
}
echo "built in $((SECONDS - started)) s"

module=$build/cuda/libwordmill_cuda.so
failed=0
limited() { # SECONDS COMMAND...: the command's status; a kernel that hangs does not hang this
  timeout -k 10 "$@"
}

limited 60 "$build/test/backends_test" "$module" || failed=1
mkdir -p "$out"
limited 250 "$build/cuda/measure_cuda" "$module" "$out/verify.json" "${texts[@]}" || failed=1
if command -v compute-sanitizer >/dev/null; then
  status=0
  # Calls of CUDA that fail are the module's to report, and some are asked to find out.
  limited 110 compute-sanitizer --tool memcheck --report-api-errors no --error-exitcode 9 \
    "$build/test/backends_test" "$module" || status=$?
  case $status in
    0) ;;
    9) failed=1 ;;
    124 | 137) echo 'verify: memcheck did not come to its end within 110 s' ;;
    *) echo "verify: memcheck gave status $status, so memory was NOT checked" ;;
  esac
else
  echo 'verify: compute-sanitizer is not installed, so memory was NOT checked'
fi
echo "all in $((SECONDS - started)) s"
exit $failed
