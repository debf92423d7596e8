#include "train/window_options.h"

#include <cmath>

#include "memory/table.h"
#include "runtime/error.h"
#include "text/subwords.h"
#include "text/view.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

bool isIn(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

void checkWindowOptions(const wm_window_options& options, const WindowTables& tables, const View& view) {
  constexpr uint32_t all = WM_NEGATIVE_SAMPLING | WM_HIERARCHICAL_SOFTMAX | WM_FULL_SOFTMAX;
  checkOption(options.architecture == WM_SKIP_GRAM || options.architecture == WM_CBOW, "architecture",
              "unknown architecture");
  const auto objectives = static_cast<uint32_t>(options.objectives);
  checkOption(objectives != 0 && (objectives & ~all) == 0, "objective",
              "choose negative sampling, hierarchical softmax, both, or full softmax");
  checkOption(!usesFullSoftmax(options) || objectives == WM_FULL_SOFTMAX, "objective",
              "full softmax cannot be combined with another objective");
  checkOption(options.window_size >= 1 && options.window_size <= 1000, "windowSize",
              "the window size must be 1 .. 1000");
  if (usesNegativeSampling(options)) {
    checkOption(options.negative_samples >= 1 && options.negative_samples <= 1000, "negativeSamples",
                "the number of negative samples must be 1 .. 1000");
    checkOption(isIn(options.negative_exponent, -10.0, 10.0), "negativeExponent", "the exponent must be -10 .. 10");
  }
  checkOption(options.sample >= 0.0 && std::isfinite(options.sample), "sample",
              "the subsampling threshold must be 0 (off) or positive");
  checkOption(options.learning_rate > 0.0 && std::isfinite(options.learning_rate), "learningRate",
              "the learning rate must be positive");
  checkOption(options.learning_rate_end >= 0.0 && std::isfinite(options.learning_rate_end), "learningRateEnd",
              "the last learning rate must be 0 or positive");
  checkOption(options.epochs >= 1 && options.epochs <= 1000000, "epochs", "the number of epochs must be 1 .. 1000000");
  checkOption(options.threads <= 1024, "threads", "at most 1024 threads");

  checkOption(tables.input != nullptr, "input", "training needs an input table");
  const uint64_t columns = tables.input->columns();
  checkTrainable(tables.input.get(), "input", view.rows() + (tables.subwords ? tables.subwords->size() : 0), columns);
  if (tables.subwords) {
    checkOption(tables.subwords->words() == view.rows(), "subwords", "the subwords are of another vocabulary");
    checkOption(options.mean != 0, "mean", "with subwords the hidden layer is always a mean");
    checkOption(tables.locks == nullptr, "locks", "with subwords no rows can be locked");
  }
  if (usesNegativeSampling(options) || usesFullSoftmax(options))
    checkTrainable(tables.output.get(), "output", view.rows(), columns);
  if (usesTree(options)) {
    checkOption(view.rows() >= 2, "objective", "hierarchical softmax needs at least two words in the vocabulary");
    checkTrainable(tables.tree.get(), "tree", view.rows() - 1, columns);
  }
}

}  // namespace wordmill
