#include "text/join.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/chunk.h"
#include "text/dictionary.h"

namespace wordmill {
namespace {

struct Pair {
  uint32_t first, second;
  uint32_t joined;
};

uint32_t idOf(Dictionary& dictionary, std::string_view word) {
  if (word.size() >= UINT32_MAX - 1) throw Error(WM_ERR_LIMIT, "a joined token would have more than 4 GB");
  const auto* bytes = reinterpret_cast<const uint8_t*>(word.data());
  return dictionary.add(Dictionary::key(bytes, static_cast<uint32_t>(word.size())), 0);
}

/// The pairs, sorted by first word, with the place of each first word's pairs.
class PairTable {
 public:
  PairTable(Dictionary& dictionary, const Keys& first, const Keys& second, std::string_view delimiter) {
    std::string joined;
    for (uint64_t i = 0; i < first.size(); ++i) {
      joined.assign(first.at(i)).append(delimiter).append(second.at(i));
      pairs_.push_back({idOf(dictionary, first.at(i)), idOf(dictionary, second.at(i)), idOf(dictionary, joined)});
    }
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
      return a.first != b.first ? a.first < b.first : a.second < b.second;
    });
    begins_.assign(dictionary.size() + uint64_t{1}, 0);
    for (const Pair& pair : pairs_) ++begins_[pair.first + 1];
    for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  }

  const Pair* find(uint32_t first, uint32_t second) const {
    const Pair* begin = pairs_.data() + begins_[first];
    const Pair* end = pairs_.data() + begins_[first + 1];
    if (begin == end) return nullptr;
    const Pair* found =
        std::lower_bound(begin, end, second, [](const Pair& pair, uint32_t wanted) { return pair.second < wanted; });
    return found != end && found->second == second ? found : nullptr;
  }

 private:
  std::vector<Pair> pairs_;
  std::vector<uint64_t> begins_;
};

}  // namespace

std::shared_ptr<const Corpus> joinPairs(const Corpus& corpus, const Keys& first, const Keys& second,
                                        std::string_view delimiter, const wm_signal* signal) {
  const CorpusSettings& settings = corpus.settings();
  const Vocabulary& words = corpus.vocabulary();
  std::vector<Dictionary> dictionaries(1);
  Dictionary& dictionary = dictionaries.front();
  std::vector<uint32_t> ids(words.size());
  for (uint64_t id = 0; id < words.size(); ++id) ids[id] = idOf(dictionary, words.at(id));
  const PairTable pairs(dictionary, first, second, delimiter);

  const uint32_t* old = corpus.stream().data();
  const uint64_t size = corpus.stream().size();
  auto stream = std::make_unique<TokenStream>(settings.storage, "tokens");
  constexpr uint64_t pieceIds = 1 << 18;
  std::vector<uint32_t> piece;
  piece.reserve(pieceIds);
  uint64_t i = 0;
  while (i < size) {
    throwIfRaised(signal);
    piece.clear();
    while (i < size && piece.size() < pieceIds) {
      if (old[i] == lineEnd) {
        piece.push_back(lineEnd);
        ++i;
        continue;
      }
      // Each line ends, so there is a next one.
      const uint32_t id = ids[old[i]];
      const Pair* pair = old[i + 1] == lineEnd ? nullptr : pairs.find(id, ids[old[i + 1]]);
      const uint32_t token = pair != nullptr ? pair->joined : id;
      dictionary.countMore(token, 1);
      piece.push_back(token);
      i += pair != nullptr ? 2 : 1;
    }
    stream->append(piece.data(), piece.size());
  }
  stream->finish();

  MergedVocabulary merged = mergeDictionaries(dictionaries, settings.threads, signal);
  const uint64_t total = stream->size();
  parallelFor((total + pieceIds - 1) / pieceIds, settings.threads, [&](uint64_t index) {
    throwIfRaised(signal);
    const uint64_t begin = index * pieceIds;
    renumber(stream->data() + begin, std::min(pieceIds, total - begin), merged.maps.front());
  });
  return Corpus::create(std::move(merged.vocabulary), std::move(stream), corpus.counters(), settings);
}

}  // namespace wordmill
