#include "sampling/huffman.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace wordmill {

HuffmanTree::HuffmanTree(const std::vector<uint64_t>& counts) {
  const auto n = static_cast<uint32_t>(counts.size());
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return counts[a] > counts[b]; });

  // Two queues: leaves from the rarest up, and inner nodes, which are made in ascending order of weight. Tree nodes
  // 0 .. n - 1 are the leaves in `order`, n .. 2n - 2 the inner ones; on equal weight an inner node goes first, as in
  // word2vec.c.
  const uint32_t inner = n > 0 ? n - 1 : 0;
  std::vector<uint64_t> weight(inner);
  std::vector<uint32_t> parent(static_cast<size_t>(n) + inner, 0);
  std::vector<uint8_t> code(static_cast<size_t>(n) + inner, 0);
  uint32_t leavesLeft = n;
  uint32_t nextInner = 0;
  for (uint32_t made = 0; made < inner; ++made) {
    uint64_t total = 0;
    for (uint8_t branch = 0; branch < 2; ++branch) {
      constexpr uint64_t none = std::numeric_limits<uint64_t>::max();
      const uint64_t leafWeight = leavesLeft > 0 ? counts[order[leavesLeft - 1]] : none;
      const uint64_t innerWeight = nextInner < made ? weight[nextInner] : none;
      const uint32_t node = leafWeight < innerWeight ? --leavesLeft : n + nextInner++;
      total += node < n ? leafWeight : innerWeight;
      parent[node] = made;
      code[node] = branch;
    }
    weight[made] = total;
  }

  std::vector<uint32_t> depth(static_cast<size_t>(n) + inner, 0);
  for (uint32_t i = static_cast<uint32_t>(depth.size()) - (n > 0 ? 1 : 0); i-- > 0;) {
    depth[i] = depth[n + parent[i]] + 1;
  }
  starts_.resize(static_cast<size_t>(n) + 1, 0);
  for (uint32_t i = 0; i < n; ++i) {
    starts_[order[i] + 1] = depth[i];
    longest_ = std::max(longest_, depth[i]);
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  nodes_.resize(starts_[n]);
  signs_.resize(starts_[n]);
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t node = i;
    for (uint64_t at = starts_[order[i] + 1]; at > starts_[order[i]]; --at) {
      nodes_[at - 1] = parent[node];
      signs_[at - 1] = code[node] == 0 ? 1.0F : -1.0F;
      node = n + parent[node];
    }
  }
}

}  // namespace wordmill
