#pragma once

#include <memory>
#include <string_view>

#include "text/corpus.h"
#include "text/keys.h"

namespace wordmill {

/// A new corpus in which each occurrence of a pair (first[i], second[i]) within a line is one token, the two with the
/// delimiter between. From left to right; a joined token is not joined again.
std::shared_ptr<const Corpus> joinPairs(const Corpus& corpus, const Keys& first, const Keys& second,
                                        std::string_view delimiter, const wm_signal* signal);

}  // namespace wordmill
