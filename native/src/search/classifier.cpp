#include "search/classifier.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/select.h"
#include "matrix/packed_product.h"
#include "memory/table.h"
#include "memory/table_access.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/keys.h"
#include "text/subwords.h"
#include "text/word_ngrams.h"

namespace wordmill {
namespace {

/// Texts that are scored in one matrix product.
constexpr uint64_t kTextsPerTask = 64;
/// Fewer texts than that are scored one by one: packing the output would take longer.
constexpr uint64_t kTextsToPackFor = 16;

/// What the reference separates words at.
bool isSeparator(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

/// Files are not searched for such numbers when they are opened, which would read all of them.
float finite(float logit) {
  if (!std::isfinite(logit)) throw Error(WM_ERR_FORMAT, "the model holds numbers that are not finite");
  return logit;
}

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

/// As fastText has it: the value at the next of 512 steps between -8 and 8 from below, and 0 or 1 beyond them.
float tabulatedSigmoid(float x) {
  constexpr float bound = 8.0F;
  constexpr float steps = 512.0F;
  if (x < -bound) return 0.0F;
  if (x > bound) return 1.0F;
  return sigmoid(std::floor((x + bound) * steps / bound / 2) * 2 * bound / steps - bound);
}

}  // namespace

/// Turns texts into vectors; one for each thread.
class Classifier::Reader {
 public:
  explicit Reader(const ClassifierParts& parts) : parts_(parts), columns_(parts.input->columns()), row_(columns_) {}

  bool read(std::string_view text, float* out) {
    std::fill_n(out, columns_, 0.0F);
    features_ = 0;
    hashes_.clear();
    for (size_t at = 0; at < text.size();) {
      if (isSeparator(text[at])) {
        ++at;
        continue;
      }
      size_t end = at;
      while (end < text.size() && !isSeparator(text[end])) ++end;
      addWord(text.substr(at, end - at), out);
      at = end;
    }
    addWord("</s>", out);
    forEachWordNgram(hashes_, parts_.wordNgrams, parts_.buckets->rules().buckets,
                     [&](uint32_t bucket) { addBucketRow(parts_.buckets->rowOf(bucket), out); });
    if (features_ == 0) return false;
    const float scale = 1.0F / static_cast<float>(features_);
    for (uint64_t c = 0; c < columns_; ++c) out[c] *= scale;
    return true;
  }

 private:
  void addWord(std::string_view word, float* out) {
    const int64_t row = parts_.words->find(word);
    if (row >= 0) {
      addRow(static_cast<uint64_t>(row), out);
    } else if (parts_.labels->find(word) >= 0 ||
               (word != "</s>" && word.substr(0, parts_.labelPrefix.size()) == parts_.labelPrefix)) {
      return;
    }
    parts_.buckets->rowsOf(word, rows_, scratch_);
    for (const uint32_t ngram : rows_) addBucketRow(ngram, out);
    if (parts_.wordNgrams > 1) hashes_.push_back(fastTextHash(word));
  }

  /// An n-gram that was never seen is a row of zeros, but in a pruned model it is nothing.
  void addBucketRow(uint32_t row, float* out) {
    if (row != Subwords::absent) {
      addRow(row, out);
    } else if (!parts_.buckets->skipsAbsent()) {
      ++features_;
    }
  }

  void addRow(uint64_t row, float* out) {
    widenRow(*parts_.input, row, row_.data());
    for (uint64_t c = 0; c < columns_; ++c) out[c] += row_[c];
    ++features_;
  }

  const ClassifierParts& parts_;
  const uint64_t columns_;
  std::vector<float> row_;
  std::vector<uint32_t> rows_;
  std::vector<char> scratch_;
  std::vector<uint32_t> hashes_;
  uint64_t features_ = 0;
};

/// Turns logits, or for hierarchical softmax a text's vector, into the best labels.
class Classifier::Scorer {
 public:
  Scorer(const Classifier& classifier, const wm_predict_options& options)
      : classifier_(classifier),
        k_(options.k),
        threshold_(options.threshold),
        sigmoid_(options.sigmoid_table != 0 ? tabulatedSigmoid : sigmoid) {}

  std::vector<TopK::Entry> ofLogits(float* logits, uint64_t count) {
    const Kernels& kernel = kernels();
    const float max = finite(kernel.maxOf(logits, count));
    TopK best(k_);
    for (uint64_t label = 0; label < count; ++label) {
      if (logits[label] > best.threshold()) best.offer(logits[label], static_cast<uint32_t>(label));
    }
    std::vector<TopK::Entry> entries = best.sorted();
    if (classifier_.parts_.objective == WM_FULL_SOFTMAX) {
      const float sum = kernel.expSum(logits, count, max);
      for (TopK::Entry& entry : entries) entry.score = std::exp(entry.score - max) / sum;
    } else {
      for (TopK::Entry& entry : entries) entry.score = sigmoid_(entry.score);
    }
    return above(std::move(entries));
  }

  /// Depth first, leaving out branches that are less probable than what is found already.
  std::vector<TopK::Entry> ofTree(const float* vector) {
    TopK best(k_);
    struct Branch {
      int64_t node;
      float probability;
    };
    std::vector<Branch> open = {{static_cast<int64_t>(classifier_.tree_.size()) - 1, 1.0F}};
    while (!open.empty()) {
      const Branch branch = open.back();
      open.pop_back();
      if (branch.probability < threshold_ || branch.probability < best.threshold()) continue;
      if (branch.node < 0) {
        best.offer(branch.probability, static_cast<uint32_t>(~branch.node));
        continue;
      }
      const auto index = static_cast<uint64_t>(branch.node);
      float logit = 0.0F;
      const uint64_t stride = classifier_.stride_;
      kernels().dotRows(classifier_.output_.data() + index * stride, stride * sizeof(float), kRowF32, 1,
                        classifier_.parts_.input->columns(), vector, &logit);
      const float plus = sigmoid(finite(logit));
      const Node& node = classifier_.tree_[index];
      const Branch branches[2] = {{node.plus, branch.probability * plus},
                                  {node.minus, branch.probability * (1.0F - plus)}};
      const bool plusFirst = plus >= 0.5F;
      open.push_back(branches[plusFirst ? 1 : 0]);
      open.push_back(branches[plusFirst ? 0 : 1]);
    }
    return above(best.sorted());
  }

 private:
  std::vector<TopK::Entry> above(std::vector<TopK::Entry> entries) const {
    while (!entries.empty() && entries.back().score < threshold_) entries.pop_back();
    return entries;
  }

  const Classifier& classifier_;
  const uint32_t k_;
  const float threshold_;
  float (*const sigmoid_)(float);
};

Classifier::Classifier(ClassifierParts parts) : parts_(std::move(parts)) {
  const uint64_t labels = parts_.labels->size();
  const bool isTree = parts_.objective == WM_HIERARCHICAL_SOFTMAX;
  const uint64_t outputs = isTree ? labels - 1 : labels;
  const uint64_t columns = parts_.input->columns();
  if (labels == 0) throw optionError("labels", "a classifier has at least one label");
  if (parts_.output->columns() != columns || parts_.output->rows() < outputs) {
    throw optionError("output", "the output table does not fit the labels and the input table");
  }
  if (parts_.input->rows() <
      std::max<uint64_t>(parts_.words->size(), parts_.buckets->firstRow() + parts_.buckets->size())) {
    throw optionError("input", "the input table has too few rows for the words and n-grams");
  }
  stride_ = (columns + 15) / 16 * 16;
  output_.resize(outputs * stride_);
  for (uint64_t row = 0; row < outputs; ++row) widenRow(*parts_.output, row, output_.data() + row * stride_);
  if (isTree) plantTree();
}

uint64_t Classifier::columns() const { return parts_.input->columns(); }

void Classifier::plantTree() {
  const HuffmanTree huffman(parts_.labelCounts);
  tree_.resize(parts_.labels->size() - 1);
  for (uint32_t label = 0; label < parts_.labels->size(); ++label) {
    const HuffmanTree::Path path = huffman.path(label);
    for (uint32_t i = 0; i < path.length; ++i) {
      Node& node = tree_[path.nodes[i]];
      const int64_t next = i + 1 < path.length ? int64_t{path.nodes[i + 1]} : ~int64_t{label};
      (path.signs[i] > 0 ? node.plus : node.minus) = next;
    }
  }
}

void Classifier::predict(const uint8_t* text, const uint64_t* ends, uint64_t count, const wm_predict_options& options,
                         const wm_signal* signal, const Predictions& out) const {
  const uint32_t k = options.k;
  const auto* const characters = reinterpret_cast<const char*>(text);
  const uint64_t outputs = output_.size() / stride_;
  const bool isTree = parts_.objective == WM_HIERARCHICAL_SOFTMAX;
  PackedVectors packed(PackedVectors::Side::kRight);
  const bool isPacked = !isTree && count >= kTextsToPackFor;
  if (isPacked) packed.packRows(output_.data(), stride_, outputs, stride_);

  parallelFor((count + kTextsPerTask - 1) / kTextsPerTask, resolveThreads(options.threads), [&](uint64_t task) {
    throwIfRaised(signal);
    const uint64_t first = task * kTextsPerTask;
    const uint64_t n = std::min(kTextsPerTask, count - first);
    Reader reader(parts_);
    std::vector<float> vectors(n * stride_);
    std::vector<uint8_t> known(n);
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t begin = first + i == 0 ? 0 : ends[first + i - 1];
      known[i] = reader.read({characters + begin, ends[first + i] - begin}, vectors.data() + i * stride_) ? 1 : 0;
    }
    std::vector<float> logits(isTree ? 0 : n * outputs);
    if (isPacked) {
      PackedVectors left(PackedVectors::Side::kLeft);
      left.packRows(vectors.data(), stride_, n, stride_);
      multiply(left, packed, logits.data(), outputs, false);
    } else if (!isTree) {
      for (uint64_t i = 0; i < n; ++i) {
        kernels().dotRows(output_.data(), stride_ * sizeof(float), kRowF32, outputs, stride_,
                          vectors.data() + i * stride_, logits.data() + i * outputs);
      }
    }
    Scorer scorer(*this, options);
    for (uint64_t i = 0; i < n; ++i) {
      std::vector<TopK::Entry> best;
      if (known[i] != 0) {
        best = isTree ? scorer.ofTree(vectors.data() + i * stride_)
                      : scorer.ofLogits(logits.data() + i * outputs, outputs);
      }
      const uint64_t at = first + i;
      out.found[at] = static_cast<uint32_t>(best.size());
      for (uint64_t j = 0; j < best.size(); ++j) {
        out.labels[at * k + j] = best[j].row;
        out.probabilities[at * k + j] = best[j].score;
      }
    }
  });
}

bool Classifier::textVector(std::string_view text, float* out) const { return Reader(parts_).read(text, out); }

}  // namespace wordmill
