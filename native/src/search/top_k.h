#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// The k best of a stream of scored rows: a heap with the worst of them on top.
class TopK {
 public:
  explicit TopK(uint32_t k) : k_(k) {}

  struct Entry {
    float score;
    uint32_t row;
    /// Higher scores first, ties by lower row.
    bool operator<(const Entry& other) const { return score != other.score ? score > other.score : row < other.row; }
  };

  /// A score must be above this to enter, -infinity while there is room.
  float threshold() const;
  void offer(float score, uint32_t row);
  const std::vector<Entry>& entries() const { return heap_; }
  /// Best first.
  std::vector<Entry> sorted() const;

 private:
  uint32_t k_;
  std::vector<Entry> heap_;
};

}  // namespace wordmill
