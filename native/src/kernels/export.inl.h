#pragma once

// The table of one instruction set; include all loops first.

namespace wordmill {
namespace {

constexpr Kernels exportKernels(const char* name) {
  return Kernels{name,           tileStep,  logitsOfTile, updateOfTile, gloveStep,   optimize, sumRows, addToRows,
                 copyRows,       sumPicked, streamed,     expSum,       maxOf,       widen,    narrow,  dotRows,
                 squaredLengths, kGemmRows, kGemmColumns, packPanel,    packColumns, gemmTile};
}

}  // namespace
}  // namespace wordmill
