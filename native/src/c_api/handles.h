#pragma once

#include <memory>

#include "memory/table.h"
#include "wordmill.h"

namespace wordmill {
class Keys;
class Corpus;
class View;
class Cooccurrence;
class Subwords;
class Examples;
class Classifier;
class TokenSequence;
struct QuantizedRows;
}  // namespace wordmill

// A handle is a share in an object of the engine, so that the order in which a caller releases handles is free.

struct wm_table {
  std::shared_ptr<wordmill::Table> shared;
  /// With all rows made, also of a table that makes them when they are asked for.
  const std::shared_ptr<wordmill::Table>& value() const {
    shared->complete();
    return shared;
  }
};

struct wm_keys {
  std::shared_ptr<const wordmill::Keys> value;
};

struct wm_corpus {
  std::shared_ptr<const wordmill::Corpus> value;
};

struct wm_view {
  std::shared_ptr<const wordmill::View> value;
  wm_keys keys;
};

struct wm_subwords {
  std::shared_ptr<const wordmill::Subwords> value;
};

struct wm_cooccurrence {
  std::shared_ptr<const wordmill::Cooccurrence> value;
};

struct wm_examples {
  std::shared_ptr<const wordmill::Examples> value;
  wm_keys words;
  wm_keys labels;
};

struct wm_classifier {
  std::shared_ptr<const wordmill::Classifier> value;
};

struct wm_quantized {
  std::shared_ptr<const wordmill::QuantizedRows> value;
};

struct wm_sequence {
  std::shared_ptr<const wordmill::TokenSequence> value;
};
