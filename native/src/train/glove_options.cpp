#include "train/glove_options.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "count/cooccurrence.h"
#include "memory/table.h"
#include "runtime/error.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

bool isPositive(double value) { return value > 0.0 && std::isfinite(value); }

}  // namespace

void checkGloveOptions(const wm_glove_options& options, const GloveTables& tables, const Cooccurrence& matrix) {
  checkOption(isPositive(options.learning_rate), "learningRate", "the learning rate must be positive");
  checkOption(isPositive(options.x_max), "xMax", "xMax must be positive");
  checkOption(options.alpha >= 0.0 && std::isfinite(options.alpha), "alpha", "alpha must be 0 or positive");
  checkOption(isPositive(options.gradient_clip), "gradientClip", "the bound of the gradient must be positive");
  checkOption(options.epochs >= 1 && options.epochs <= 1000000, "epochs", "the number of epochs must be 1 .. 1000000");
  checkOption(options.threads <= 1024, "threads", "at most 1024 threads");

  checkOption(tables.words != nullptr, "words", "training needs the words table");
  const uint64_t columns = tables.words->columns();
  checkTrainable(tables.words.get(), "words", matrix.rows(), columns);
  checkTrainable(tables.contexts.get(), "contexts", matrix.rows(), columns);
  checkTrainable(tables.wordSquares.get(), "wordSquares", matrix.rows(), columns);
  checkTrainable(tables.contextSquares.get(), "contextSquares", matrix.rows(), columns);
  checkTrainable(tables.biases.get(), "biases", GloveTables::kBiasRows, matrix.rows());
  std::vector<const Table*> all = {tables.words.get(), tables.contexts.get(), tables.wordSquares.get(),
                                   tables.contextSquares.get(), tables.biases.get()};
  std::sort(all.begin(), all.end());
  checkOption(std::adjacent_find(all.begin(), all.end()) == all.end(), "tables",
              "the same table is given twice; each holds parameters of its own");

  if (matrix.nonzeros() == 0) {
    throw Error(WM_ERR_CORPUS, "no two words stand near each other, so there is nothing to learn from");
  }
}

}  // namespace wordmill
