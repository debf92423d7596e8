#pragma once

#include <memory>

#include "wordmill.h"

namespace wordmill {

class Cooccurrence;
class Table;

/// Shares in what wm_glove_tables names.
struct GloveTables {
  std::shared_ptr<Table> words;
  std::shared_ptr<Table> contexts;
  std::shared_ptr<Table> wordSquares;
  std::shared_ptr<Table> contextSquares;
  /// Rows of `biases`.
  enum BiasRow { kWordBiases = 0, kContextBiases = 1, kWordBiasSquares = 2, kContextBiasSquares = 3, kBiasRows = 4 };
  std::shared_ptr<Table> biases;
};

/// Throws WM_ERR_OPTION for a value out of range or tables that do not fit the matrix, WM_ERR_CORPUS for a matrix of
/// zeros.
void checkGloveOptions(const wm_glove_options& options, const GloveTables& tables, const Cooccurrence& matrix);

}  // namespace wordmill
