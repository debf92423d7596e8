#include "kernels/kernels.h"
#include "kernels/lanes_neon.h"
#include "kernels/half.inl.h"
#include "kernels/elementary.inl.h"
#include "kernels/tile.inl.h"
#include "kernels/glove.inl.h"
#include "kernels/optimizer.inl.h"
#include "kernels/blocks.inl.h"
#include "kernels/rows.inl.h"
#include "kernels/picked.inl.h"
#include "kernels/gemm.inl.h"
#include "kernels/export.inl.h"

namespace wordmill {
const Kernels kKernelsNeon = exportKernels("neon");
}  // namespace wordmill
