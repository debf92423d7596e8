#include "train/window_options.h"

#include <cmath>
#include <string>

#include "memory/table.h"
#include "runtime/error.h"
#include "text/view.h"

namespace wordmill {
namespace {

void check(bool condition, const char* option, const std::string& text) {
  if (!condition) throw optionError(option, text);
}

void checkTable(const Table* given, const char* name, uint64_t rows, uint64_t columns) {
  check(given != nullptr, name, std::string("the objective needs the ") + name + " table");
  const Table& table = *given;
  check(table.owner() == WM_OWNER_NATIVE && table.dtype() == WM_F32, name,
        "only the engine's own f32 tables can be trained");
  check(table.rows() == rows && table.columns() == columns, name,
        std::string("the ") + name + " table is " + std::to_string(table.rows()) + " x " +
            std::to_string(table.columns()) + ", it must be " + std::to_string(rows) + " x " + std::to_string(columns));
}

bool isIn(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

void checkWindowOptions(const wm_window_options& options, const WindowTables& tables, const View& view) {
  constexpr uint32_t all = WM_NEGATIVE_SAMPLING | WM_HIERARCHICAL_SOFTMAX | WM_FULL_SOFTMAX;
  check(options.architecture == WM_SKIP_GRAM || options.architecture == WM_CBOW, "architecture",
        "unknown architecture");
  const auto objectives = static_cast<uint32_t>(options.objectives);
  check(objectives != 0 && (objectives & ~all) == 0, "objective",
        "choose negative sampling, hierarchical softmax, both, or full softmax");
  check(!usesFullSoftmax(options) || objectives == WM_FULL_SOFTMAX, "objective",
        "full softmax cannot be combined with another objective");
  check(options.window_size >= 1 && options.window_size <= 1000, "windowSize", "the window size must be 1 .. 1000");
  if (usesNegativeSampling(options)) {
    check(options.negative_samples >= 1 && options.negative_samples <= 1000, "negativeSamples",
          "the number of negative samples must be 1 .. 1000");
    check(isIn(options.negative_exponent, -10.0, 10.0), "negativeExponent", "the exponent must be -10 .. 10");
  }
  check(options.sample >= 0.0 && std::isfinite(options.sample), "sample",
        "the subsampling threshold must be 0 (off) or positive");
  check(options.learning_rate > 0.0 && std::isfinite(options.learning_rate), "learningRate",
        "the learning rate must be positive");
  check(options.learning_rate_end >= 0.0 && std::isfinite(options.learning_rate_end), "learningRateEnd",
        "the last learning rate must be 0 or positive");
  check(options.epochs >= 1 && options.epochs <= 1000000, "epochs", "the number of epochs must be 1 .. 1000000");
  check(options.threads <= 1024, "threads", "at most 1024 threads");

  check(tables.input != nullptr, "input", "training needs an input table");
  const uint64_t columns = tables.input->columns();
  checkTable(tables.input.get(), "input", view.rows(), columns);
  if (usesNegativeSampling(options) || usesFullSoftmax(options))
    checkTable(tables.output.get(), "output", view.rows(), columns);
  if (usesTree(options)) {
    check(view.rows() >= 2, "objective", "hierarchical softmax needs at least two words in the vocabulary");
    checkTable(tables.tree.get(), "tree", view.rows() - 1, columns);
  }
}

}  // namespace wordmill
