#pragma once

#include "wordmill.h"

namespace wordmill {

class TokenSequence;

/// Unigrams and bigrams counted on one sequence, and what they lose on another of the same vocabulary.
wm_baselines baselinesOf(const TokenSequence& training, const TokenSequence& heldOut, const wm_signal* signal);

}  // namespace wordmill
