#!/usr/bin/env bash
# Builds the module for NVIDIA GPUs, for all that are supported, and checks what its package will hold:
# native/build-cuda/libwordmill_cuda.so. Takes nvcc, of CUDA 13. Arguments go to cmake.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v nvcc >/dev/null || {
  echo 'nvcc was not found: install the CUDA toolkit 13 and put its bin folder on PATH' >&2
  exit 1
}
# What an earlier call was given is forgotten, so that a release has all GPUs again.
cmake -U WORDMILL_CUDA_ARCHITECTURES -S . -B build-cuda -DCMAKE_BUILD_TYPE=Release -DWORDMILL_CUDA=ON -DWORDMILL_TESTS=OFF "$@"
cmake --build build-cuda --target wordmill_cuda --parallel "$(nproc)"
module=build-cuda/libwordmill_cuda.so
cp build-cuda/cuda/libwordmill_cuda.so "$module"

exported=$(nm --dynamic --defined-only --format=just-symbols "$module" | sort -u)
if [ "$exported" != wordmill_backend ]; then
  printf 'only wordmill_backend may be exported, but these are:\n%s\n' "$exported" >&2
  exit 1
fi
size=$(stat --format=%s "$module")
if [ "$size" -ge 30000000 ]; then
  echo "$module has $size bytes; its package may have 30 MB" >&2
  exit 1
fi
echo "$module: $size bytes"
