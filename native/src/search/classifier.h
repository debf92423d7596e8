#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sampling/huffman.h"
#include "search/top_k.h"
#include "wordmill.h"

namespace wordmill {

class Keys;
class Subwords;
class Table;

/// wm_classifier_parts, with shares in the parts.
struct ClassifierParts {
  std::shared_ptr<const Keys> words;
  std::shared_ptr<const Keys> labels;
  std::vector<uint64_t> labelCounts;
  std::string labelPrefix;
  uint32_t wordNgrams = 1;
  std::shared_ptr<const Subwords> buckets;
  std::shared_ptr<const Table> input;
  std::shared_ptr<const Table> output;
  int32_t objective = WM_FULL_SOFTMAX;
};

/// Says which labels a text has. Probabilities are exact, unless asked for otherwise: those of softmax and hierarchical
/// softmax sum to 1 over all labels, the others stand each for itself.
class Classifier {
 public:
  /// Throws WM_ERR_OPTION for tables that do not fit the rest.
  explicit Classifier(ClassifierParts parts);

  /// Numbers in a text's vector.
  uint64_t columns() const;

  struct Predictions {
    uint32_t* labels;      // texts x k
    float* probabilities;  // texts x k
    uint32_t* found;       // texts
  };
  void predict(const uint8_t* text, const uint64_t* ends, uint64_t count, const wm_predict_options& options,
               const wm_signal* signal, const Predictions& out) const;

  /// The mean of a text's feature rows. False: it has none.
  bool textVector(std::string_view text, float* out) const;

 private:
  class Reader;
  class Scorer;

  struct Node {
    // Inner nodes as they are, leaves as ~label; by the sign of the turn.
    int64_t plus = 0;
    int64_t minus = 0;
  };
  void plantTree();

  const ClassifierParts parts_;
  std::vector<float> output_;  // labels or nodes x stride
  uint64_t stride_;
  std::vector<Node> tree_;
};

}  // namespace wordmill
