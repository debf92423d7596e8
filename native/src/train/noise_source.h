#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sampling/alias_table.h"
#include "sampling/random.h"

namespace wordmill {

/// Negative samples, drawn a batch ahead.
class NoiseSource {
 public:
  explicit NoiseSource(const AliasTable* table) : table_(table), batch_(table != nullptr ? kBatch : 0) {}

  /// Starts a stream that depends on nothing drawn before.
  void restart(const RandomStream& random) {
    random_ = random;
    next_ = batch_.size();
  }

  uint32_t next() {
    if (next_ == batch_.size()) {
      table_->draw(*random_, batch_.data(), batch_.size());
      next_ = 0;
    }
    return batch_[next_++];
  }

 private:
  static constexpr size_t kBatch = 512;
  const AliasTable* table_;
  std::optional<RandomStream> random_;
  std::vector<uint32_t> batch_;
  size_t next_ = 0;
};

}  // namespace wordmill
