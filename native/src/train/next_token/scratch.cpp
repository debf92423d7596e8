#include "train/next_token/scratch.h"

#include <algorithm>

namespace wordmill {

void multiplyInParts(const PackedVectors& left, const PackedVectors& right, ProductPart part, float* out,
                     uint64_t stride) {
  const uint64_t end = part.leftElement + part.depth;
  for (bool first = true; part.leftElement < end; first = false) {
    part.depth = std::min(kProductDepth, end - part.leftElement);
    multiplyPart(left, right, part, out, stride, !first);
    part.leftElement += part.depth;
    part.rightElement += part.depth;
  }
}

}  // namespace wordmill
