#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// The Huffman tree over word counts that hierarchical softmax walks (Mikolov et al. 2013). Inner nodes are numbered in
/// the order in which word2vec.c and fastText make them, the root being the last: node rows - 2.
class HuffmanTree {
 public:
  explicit HuffmanTree(const std::vector<uint64_t>& counts);

  /// From the root to a word: the inner nodes passed, and +1 where the path turns to the branch of code 0, which is
  /// the branch of target 1.
  struct Path {
    const uint32_t* nodes;
    const float* signs;
    uint32_t length;
  };
  Path path(uint32_t row) const {
    const uint64_t begin = starts_[row];
    return {nodes_.data() + begin, signs_.data() + begin, static_cast<uint32_t>(starts_[row + 1] - begin)};
  }

  uint32_t longestPath() const { return longest_; }

  /// All paths one after another, and where each begins.
  const std::vector<uint64_t>& starts() const { return starts_; }
  const std::vector<uint32_t>& nodes() const { return nodes_; }
  const std::vector<float>& signs() const { return signs_; }

 private:
  std::vector<uint64_t> starts_;
  std::vector<uint32_t> nodes_;
  std::vector<float> signs_;
  uint32_t longest_ = 0;
};

}  // namespace wordmill
