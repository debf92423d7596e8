#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/dictionary.h"
#include "wordmill.h"

namespace wordmill {

/// Words with their frequencies.
struct Vocabulary {
  std::vector<uint8_t> bytes;
  std::vector<uint64_t> offsets{0};  // one more than there are words
  std::vector<uint64_t> counts;

  uint64_t size() const { return counts.size(); }
  std::string_view at(uint64_t id) const {
    return {reinterpret_cast<const char*>(bytes.data()) + offsets[id], offsets[id + 1] - offsets[id]};
  }
  void add(std::string_view word, uint64_t count);
};

struct MergedVocabulary {
  Vocabulary vocabulary;                    // by descending frequency, ties by bytes
  std::vector<std::vector<uint32_t>> maps;  // for each dictionary: from its ids to those of the vocabulary
};

/// One vocabulary out of the dictionaries of several threads; the same for every way in which the words were spread
/// over them. Words with a count of 0 are left out.
MergedVocabulary mergeDictionaries(const std::vector<Dictionary>& dictionaries, unsigned threads,
                                   const wm_signal* signal);

/// Replaces each id but the line ends by its entry in the map.
void renumber(uint32_t* ids, uint64_t count, const std::vector<uint32_t>& map);

}  // namespace wordmill
